// The driver: so many calls, a window of them in flight. Each peer gets a copy of this module of its own (see
// `driverOf`), so that what V8 learns about one peer's functions does not slow the next one's loop.

/**
 * Calls until `total` were answered. Every answer must be accepted. `call` is told the place in the window too, which no
 * other call has at the same time.
 */
export async function inFlight({ name, call, accept }, window, total) {
  let next = 0;
  const one = async (place) => {
    while (next < total) {
      const number = next++;
      const answer = await call(number, place);
      if (!accept(number, answer)) throw new Error(`${name}: call ${number} answered ${answer}`);
    }
  };
  const all = [];
  for (let index = 0; index < window; index++) all.push(one(index));
  await Promise.all(all);
}

/** The same for a function that answers at once: nothing is in flight. */
export function inSequence({ name, call, accept }, total) {
  for (let number = 0; number < total; number++) {
    const answer = call(number, 0);
    if (!accept(number, answer)) throw new Error(`${name}: call ${number} answered ${answer}`);
  }
}

/** One call after the other, each timed. @returns how many microseconds each took */
export async function oneByOne({ name, call, accept }, total, between) {
  const times = new Float64Array(total);
  for (let number = 0; number < total; number++) {
    const before = performance.now();
    const answer = await call(number, 0);
    times[number] = (performance.now() - before) * 1_000;
    if (!accept(number, answer)) throw new Error(`${name}: call ${number} answered ${answer}`);
    if (between !== undefined) await between();
  }
  return times;
}
