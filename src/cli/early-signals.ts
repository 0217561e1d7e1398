/**
 * Signals that come while the program itself is still being loaded. `bin` imports this first and the rest afterwards,
 * so that a service which is told to stop before it exists ends as one that is told later.
 */

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

let first: NodeJS.Signals | undefined;
const keep = (signal: NodeJS.Signals): void => {
  first ??= signal;
};

/** Begins to listen. */
export function keepEarlySignals(): void {
  for (const signal of SIGNALS) process.on(signal, keep);
}

/** Stops listening: whoever asks listens from now on. @returns the signal that came before */
export function takeEarlySignal(): NodeJS.Signals | undefined {
  for (const signal of SIGNALS) process.off(signal, keep);
  return first;
}

/** For commands that a signal may end as it ends any program. */
export function releaseEarlySignals(): void {
  const signal = takeEarlySignal();
  if (signal !== undefined) process.kill(process.pid, signal);
}
