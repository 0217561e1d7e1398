/** How long calls took, by powers of two: cheap to add to, and good to a factor of two. */

/** A part of a histogram: so many calls took less than `below` microseconds, and not less than half of that. */
export interface Bucket {
  readonly below: number;
  readonly count: number;
}

const BUCKETS = 40;

export class Histogram {
  /** Bucket n counts what is below 2^n nanoseconds. */
  readonly #counts = new Uint32Array(BUCKETS);

  add(milliseconds: number): void {
    const bucket = Math.ceil(Math.log2(Math.max(1, milliseconds * 1e6)));
    const at = Math.min(BUCKETS - 1, bucket);
    this.#counts[at] = this.#counts[at]! + 1;
  }

  buckets(): Bucket[] {
    return filled(this.#counts, (bucket) => 2 ** bucket / 1_000);
  }
}

/** The buckets of a list of counts that have any. */
export function filled(counts: ArrayLike<number>, below: (bucket: number) => number): Bucket[] {
  return Array.from(counts, (count, bucket) => ({ below: below(bucket), count })).filter(({ count }) => count > 0);
}

/** Microseconds that so great a part of the calls stayed below; 0 when there are none. */
export function quantile(buckets: readonly Bucket[], part: number): number {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let left = total * part;
  for (const { below, count } of buckets) {
    left -= count;
    if (left <= 0) return below;
  }
  return 0;
}
