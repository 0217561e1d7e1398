// The timers that bound a step, run out when a command says so and never by themselves.
import { SHUTDOWN_MS, START_MS } from "./model.mjs";

/** Milliseconds for last words, as docs/status.md has them: a component that reported a fatal error may say more. */
export const LAST_WORDS_MS = 1_000;

/** Takes these timers away from the process, which keeps all others. */
export function takeClock() {
  const taken = [START_MS, SHUTDOWN_MS, LAST_WORDS_MS];
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const waiting = new Map();
  globalThis.setTimeout = (run, milliseconds, ...rest) => {
    if (!taken.includes(milliseconds)) return set(run, milliseconds, ...rest);
    const timer = { milliseconds, unref: () => timer };
    waiting.set(timer, run);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    if (!waiting.delete(timer)) clear(timer);
  };
  return {
    /** Lets the timer of this length run out that was set first: a service's own, before that of a request to Rust. */
    fire: (milliseconds) => {
      const due = [...waiting].find(([timer]) => timer.milliseconds === milliseconds);
      if (due === undefined) throw new Error(`no timer of ${milliseconds} ms is running`);
      const [timer, run] = due;
      waiting.delete(timer);
      run();
    },
    /** Forgets all of them: what failed left them behind. */
    forget: () => waiting.clear(),
    /** How many are running. */
    get running() {
      return waiting.size;
    },
  };
}
