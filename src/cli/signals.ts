/**
 * From signals to wishes. A terminal sends Ctrl-C to the whole group and npm passes it on: the same wish arrives twice.
 */

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** A terminal that closes sends it too: a service outlives that, as the Collector does. */
const RELOAD = "SIGHUP";
/** Within this many milliseconds after the first one, a signal is the same wish again. */
const REPEAT = 500;

export interface SignalHandlers {
  /** The first signal. */
  readonly stop: (signal: string) => void;
  /** A later one: whoever sent it does not want to wait. */
  readonly force: (signal: string) => void;
  /** The configuration is to be read anew. */
  readonly reload: (signal: string) => void;
}

/** Listens until the returned function is called. `now` tells the time in milliseconds. */
export function watchSignals(handlers: SignalHandlers, now: () => number = () => performance.now()): () => void {
  let first: number | undefined;
  const listen = (signal: string): void => {
    if (first === undefined) {
      first = now();
      handlers.stop(signal);
    } else if (now() - first > REPEAT) handlers.force(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listen);
  process.on(RELOAD, handlers.reload);
  return () => {
    process.off(RELOAD, handlers.reload);
    for (const signal of SIGNALS) process.off(signal, listen);
  };
}
