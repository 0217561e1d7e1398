/** Rust's counters, read from the region. */
import * as layout from "../ring/layout.generated.ts";
import type { Words } from "../ring/words.ts";
import { type Bucket, filled } from "./histogram.ts";

const COUNTERS = {
  rustRequests: layout.OFFSET_COUNTER_REQUESTS,
  rustCompletions: layout.OFFSET_COUNTER_COMPLETIONS,
  rustFirstPoll: layout.OFFSET_COUNTER_FIRST_POLL,
  rustWakes: layout.OFFSET_COUNTER_WAKES_SENT,
  rustWakesSpared: layout.OFFSET_COUNTER_WAKES_SPARED,
  rustParks: layout.OFFSET_COUNTER_PARKS,
  rustBatches: layout.OFFSET_COUNTER_BATCHES,
  rustByteWaits: layout.OFFSET_COUNTER_BYTE_WAITS,
  rustRunning: layout.OFFSET_COUNTER_RUNNING,
  rustItems: layout.OFFSET_COUNTER_ITEMS,
  rustHeldBytes: layout.OFFSET_COUNTER_HELD,
  lanes: layout.OFFSET_COUNTER_LANES,
  handles: layout.OFFSET_COUNTER_HANDLES,
  cancels: layout.OFFSET_COUNTER_CANCELS,
  panics: layout.OFFSET_COUNTER_PANICS,
  logsDropped: layout.OFFSET_COUNTER_LOGS_DROPPED,
} as const;

export function readCounters(words: Words): Record<string, number> {
  const wide = (low: number, high: number): number => words.load(high) * 2 ** 32 + words.load(low);
  return {
    ...Object.fromEntries(Object.entries(COUNTERS).map(([name, offset]) => [name, words.load(offset)])),
    rustBytesIn: wide(layout.OFFSET_COUNTER_BYTES_IN_LOW, layout.OFFSET_COUNTER_BYTES_IN_HIGH),
    rustBytesOut: wide(layout.OFFSET_COUNTER_BYTES_OUT_LOW, layout.OFFSET_COUNTER_BYTES_OUT_HIGH),
  };
}

/** How long requests took in Rust, of one in 64. */
export function readHistogram(words: Words): Bucket[] {
  const counts = Array.from({ length: layout.HISTOGRAM_BUCKETS }, (_, bucket) =>
    words.load(layout.OFFSET_HISTOGRAM + bucket * 4),
  );
  return filled(counts, (bucket) => 2 ** bucket);
}
