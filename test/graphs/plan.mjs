// A random graph: which extensions there are, in which language, in which order they are listed, and what each needs.

/** How many others an extension needs, on average. */
const DENSITIES = [0, 0.5, 1, 2, 4, 8];

/**
 * @param random at the place of this graph
 * @returns `ids` in the order of the list, and `needs` by id
 */
export function graphOf(random, extensions) {
  const ids = Array.from({ length: extensions }, (_, number) => {
    return number % 2 === 0 ? `misbehaving/${number}` : `scripted/${number}`;
  });
  const hidden = shuffled(random, ids);
  const density = random.pick(DENSITIES);
  // A near past makes long chains, a far one wide trees.
  const reach = random.oneIn(2) ? 3 : extensions;
  const needs = new Map(
    hidden.map((id, place) => {
      const wanted = place === 0 ? 0 : random.below(2 * density + 1);
      const near = Math.min(place, reach);
      const picked = Array.from({ length: wanted }, () => hidden[place - 1 - random.below(near)]);
      return [id, [...new Set(picked)]];
    }),
  );
  return { ids: shuffled(random, ids), needs };
}

function shuffled(random, list) {
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [copy[last], copy[other]] = [copy[other], copy[last]];
  }
  return copy;
}
