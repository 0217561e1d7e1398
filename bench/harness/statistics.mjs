// Numbers from samples. Nothing here knows where they come from.

/** The value that a share of the sorted values does not exceed. */
export function quantile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => quantile(values, 0.5);

/** Median, least and greatest of some ratios. */
export function spread(values) {
  if (values.length === 0) return undefined;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** What a line keeps busy that computes all the time: `threads` of a sample is its CPU time divided by its wall time. */
const ONE = { usual: 0.9, least: 0.85 };
const TWO = { usual: 1.6, least: 1.15 };

/**
 * Of samples that usually keep two threads busy, those that got about one core; of those that keep one busy, those that
 * had to share it. Something else had what they did not get, and what they say is about that.
 *
 * @param isAlone the line is one that has no second thread
 */
export function starved(samples, isAlone = false) {
  const { usual, least } = isAlone ? ONE : TWO;
  // The best of each round: samples that were taken again must not make being starved the usual thing.
  const best = new Map();
  for (const { round, threads } of samples) best.set(round, Math.max(threads, best.get(round) ?? 0));
  const isUsual = quantile([...best.values()], 0.75) >= usual;
  return new Set(isUsual ? samples.filter(({ threads }) => threads < least) : []);
}

/** Three digits that mean something, as a number. */
export function round(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : value;
}
