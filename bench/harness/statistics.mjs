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

/**
 * Of samples that usually keep two threads busy, those that got about one core: something else had the other one, and
 * what they say is about that. `threads` of a sample is its CPU time divided by its wall time.
 */
export function starved(samples) {
  const usual = quantile(
    samples.map(({ threads }) => threads),
    0.75,
  );
  return new Set(usual >= 1.6 ? samples.filter(({ threads }) => threads < 1.15) : []);
}

/** Three digits that mean something, as a number. */
export function round(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : value;
}
