// The floor: a promise that something else resolves, and that is awaited. What resolves it collects the promises of a
// turn and resolves them together, as anything does that answers calls in batches.
export function openBare() {
  const resolvers = [];
  const numbers = [];
  const kept = Promise.resolve();
  let count = 0;
  const flush = () => {
    const batch = count;
    count = 0;
    for (let index = 0; index < batch; index++) resolvers[index](numbers[index]);
  };
  const call = (number) =>
    new Promise((resolve) => {
      if (count === 0) kept.then(flush);
      resolvers[count] = resolve;
      numbers[count++] = number;
    });
  return [{ name: "bare promise", isFloor: true, call, accept: (number, answer) => answer === number }];
}
