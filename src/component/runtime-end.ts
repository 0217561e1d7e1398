/**
 * The end of a runtime, for those who share one: known at once, where a promise is known a turn later, and heard by
 * listeners that can leave again, which a long-lived promise would keep for ever.
 */
import type { RustRuntime } from "../runtime/types.ts";

/** Hears the end; the error is there when the runtime ended by itself. */
type EndListener = (error: Error | undefined) => void;

const ends = new WeakMap<RustRuntime, RuntimeEnd>();

export class RuntimeEnd {
  readonly #listeners = new Set<EndListener>();
  #isOver = false;
  #error: Error | undefined;

  private constructor(ended: Promise<Error | undefined>) {
    void ended.then((error) => {
      this.#isOver = true;
      this.#error = error;
      for (const listener of this.#listeners) listener(error);
      this.#listeners.clear();
    });
  }

  /** The one of this runtime. Of a runtime that is over already it is known in the next microtask. */
  static of(runtime: RustRuntime): RuntimeEnd {
    let end = ends.get(runtime);
    if (end === undefined) {
      end = new RuntimeEnd(runtime.ended);
      ends.set(runtime, end);
    }
    return end;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why it ended by itself. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Hears of the end, until the returned function is called. */
  onEnd(listener: EndListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
