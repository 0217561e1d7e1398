/** How long a start or a shutdown may take: each step of it, and all together; and what was left behind. */
import { withinDeadline } from "../component/deadline.ts";
import type { Context } from "../core/context.ts";

/** A step that did not end in time. It may still be under way. */
export interface Abandoned {
  /** The component's id; absent where it is the pipelines as a whole. */
  readonly componentId?: string;
  /** What it was to do: `start`, `shut down`, ... */
  readonly step: string;
}

/** Milliseconds. */
export interface Limits {
  readonly each: number;
  readonly total: number;
}

/** Named in the error when the time of all together was too short. */
export type Whole = "start" | "shutdown";

export class Budget {
  readonly #limits: Limits;
  readonly #whole: Whole;
  readonly #onAbandoned: (abandoned: Abandoned) => void;
  #end: number;

  /** The time of all together begins now. */
  constructor(limits: Limits, whole: Whole, onAbandoned: (abandoned: Abandoned) => void) {
    this.#limits = limits;
    this.#whole = whole;
    this.#onAbandoned = onAbandoned;
    this.#end = performance.now() + limits.total;
  }

  /** Milliseconds for the next step. When all is used up it is one, in which what is quick is still done. */
  get timeout(): number {
    return Math.min(this.#limits.each, this.#left);
  }

  /** Runs one step of one extension.
   * @throws {DeadlineError} naming the extension, or what the step rejected with */
  run(
    componentId: string,
    step: string,
    run: (context: Context) => Promise<void> | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const isWhole = this.#left < this.#limits.each;
    const limit = {
      timeout: this.timeout,
      componentId,
      step,
      ...(isWhole ? { whole: this.#ofWhole } : {}),
      ...(signal === undefined ? {} : { signal }),
      onLate: () => this.#onAbandoned({ componentId, step }),
    };
    return withinDeadline(limit, run);
  }

  /** Runs what bounds its own steps: only the time of all together counts.
   * @param subject what runs, such as `the pipelines` */
  runWhole(subject: string, step: string, run: () => Promise<void>): Promise<void> {
    const limit = {
      timeout: this.#left,
      subject,
      step,
      whole: this.#ofWhole,
      onLate: () => this.#onAbandoned({ step: `${step} ${subject}` }),
    };
    return withinDeadline(limit, run);
  }

  /** Waits for something whose time does not count. */
  async outside(wait: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await wait();
    this.#end += performance.now() - began;
  }

  get #ofWhole(): string {
    return `the ${this.#limits.total} ms of the whole ${this.#whole}`;
  }

  get #left(): number {
    return Math.max(1, Math.ceil(this.#end - performance.now()));
  }
}
