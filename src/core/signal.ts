/** What a pipeline carries. */

/** Every signal. */
export const SIGNALS = ["traces", "metrics", "logs", "profiles"] as const;

/** A kind of telemetry, as it is written in the id of a pipeline. */
export type Signal = (typeof SIGNALS)[number];

/** True for the four words that name a signal. Case matters. */
export function isSignal(text: string): text is Signal {
  return (SIGNALS as readonly string[]).includes(text);
}
