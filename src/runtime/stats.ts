/** Rust's counters, read from the region. */
import * as layout from "../ring/layout.generated.ts";
import type { Words } from "../ring/words.ts";

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
  handles: layout.OFFSET_COUNTER_HANDLES,
  cancels: layout.OFFSET_COUNTER_CANCELS,
  panics: layout.OFFSET_COUNTER_PANICS,
  logsDropped: layout.OFFSET_COUNTER_LOGS_DROPPED,
} as const;

export function readCounters(words: Words): Record<keyof typeof COUNTERS, number> {
  const read = (offset: number): number => words.load(offset);
  const entries = Object.entries(COUNTERS).map(([name, offset]) => [name, read(offset)]);
  return Object.fromEntries(entries) as Record<keyof typeof COUNTERS, number>;
}
