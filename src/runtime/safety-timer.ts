/**
 * Re-checks, slowly and only while calls are pending and this side sleeps, that no wake-up was lost. None can be:
 * what it counts is a defect, and every test asserts that it counted nothing.
 *
 * It is the watchdog as well: a drain that says which call it is in, and makes no progress from one look to the next,
 * is stuck in that call.
 */

/** Milliseconds between two looks. */
const PERIOD = 500;

export interface SafetyTimerOptions {
  /** Whether it looks as if a wake-up was lost. */
  readonly isLost: () => boolean;
  readonly onLost: () => void;
  /** The call that the drain says it is in; 0 for none. */
  readonly stuckIn: () => number;
  /** A number that changes with everything that the drain does. */
  readonly progress: () => number;
  readonly onStuck: (call: number, milliseconds: number) => void;
}

export class SafetyTimer {
  readonly #options: SafetyTimerOptions;
  #timer: NodeJS.Timeout | undefined;
  #suspect = false;
  #progress = -1;
  #stuckLooks = 0;
  hits = 0;

  constructor(options: SafetyTimerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#suspect = false;
    this.#progress = -1;
    this.#timer ??= setInterval(this.#look, PERIOD).unref();
  }

  stop(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    this.#lookForStuckCall();
    // Between a publish and its ring there is a moment in which this looks lost: only what lasts a whole period is.
    const lost = this.#options.isLost();
    if (lost && this.#suspect) {
      this.hits++;
      this.#suspect = false;
      this.#options.onLost();
      return;
    }
    this.#suspect = lost;
  };

  #lookForStuckCall(): void {
    const { stuckIn, progress, onStuck } = this.#options;
    const [method, now] = [stuckIn(), progress()];
    const isStuck = method !== 0 && now === this.#progress;
    this.#progress = now;
    this.#stuckLooks = isStuck ? this.#stuckLooks + 1 : 0;
    // Said again each time that it has doubled.
    if (isStuck && (this.#stuckLooks & (this.#stuckLooks - 1)) === 0) onStuck(method, this.#stuckLooks * PERIOD);
  }
}
