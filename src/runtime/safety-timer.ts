/**
 * Re-checks, slowly and only while calls are pending and this side sleeps, that no wake-up was lost. None can be:
 * what it counts is a defect, and every test asserts that it counted nothing.
 */

/** Milliseconds between two looks. */
const PERIOD = 500;

export class SafetyTimer {
  readonly #isLost: () => boolean;
  readonly #onLost: () => void;
  #timer: NodeJS.Timeout | undefined;
  #suspect = false;
  hits = 0;

  constructor(options: { isLost: () => boolean; onLost: () => void }) {
    this.#isLost = options.isLost;
    this.#onLost = options.onLost;
  }

  start(): void {
    this.#suspect = false;
    this.#timer ??= setInterval(this.#look, PERIOD).unref();
  }

  stop(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    // Between a publish and its ring there is a moment in which this looks lost: only what lasts a whole period is.
    const lost = this.#isLost();
    if (lost && this.#suspect) {
      this.hits++;
      this.#suspect = false;
      this.#onLost();
      return;
    }
    this.#suspect = lost;
  };
}
