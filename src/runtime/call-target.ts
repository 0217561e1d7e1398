/** A method of an instance, as the engine needs it: made once, and used for each call. */
import { OP_CALL } from "../ring/layout.generated.ts";
import type { RequestTarget } from "../ring/request-ring.ts";
import type { MethodInfo } from "./types.ts";

/** Calls of a slow method between two that are looked for all the same: it may have become quick. */
const PROBE_EVERY = 128;

/** What is known of how soon requests of a kind are answered. */
export class Pace {
  #slow = false;
  #calls = 0;

  /** A request is sent: whether its answer is expected sooner than a wake-up takes. */
  expectsQuick(): boolean {
    if (!this.#slow) return true;
    this.#calls = (this.#calls + 1) % PROBE_EVERY;
    return this.#calls === 0;
  }

  /**
   * An answer came.
   * @param firstPoll it was ready at its first poll
   * @param slept this side slept before it came
   */
  answered(firstPoll: boolean, slept: boolean): void {
    if (firstPoll) this.#slow = false;
    else this.#slow = slept;
  }
}

/** What a typed client makes of a method's errors and results. */
export interface CallHooks {
  readonly error?: ((error: unknown, method: string) => unknown) | undefined;
  /** By the method's name. @throws when the result is not what the client's type says */
  readonly results?: Readonly<Record<string, (value: unknown) => unknown>> | undefined;
}

export class CallTarget extends Pace implements RequestTarget {
  readonly operation: number;
  readonly handleIndex: number;
  readonly handleGeneration: number;
  readonly method: number;
  readonly info: MethodInfo;
  readonly componentId: string;
  readonly isBytes: boolean;
  hooks: CallHooks | undefined = undefined;
  #kinds: Map<number, CallTarget> | undefined;

  constructor(
    componentId: string,
    handle: { readonly index: number; readonly generation: number },
    method: number,
    info: MethodInfo,
    operation = OP_CALL,
  ) {
    super();
    this.operation = operation;
    this.handleIndex = handle.index;
    this.handleGeneration = handle.generation;
    this.method = method;
    this.info = info;
    this.componentId = componentId;
    this.isBytes = info.form === "bytes";
  }

  /** Reads a result that was decoded. */
  result(value: unknown): unknown {
    const read = this.hooks?.results?.[this.info.name];
    return read === undefined ? value : read(value);
  }

  /** An error, as the caller gets it. */
  error(error: unknown): unknown {
    const { hooks } = this;
    return hooks?.error === undefined ? error : hooks.error(error, this.info.name);
  }

  /** The same method, for requests of another kind; made once. */
  as(operation: number): CallTarget {
    this.#kinds ??= new Map();
    let target = this.#kinds.get(operation);
    if (target === undefined) {
      const handle = { index: this.handleIndex, generation: this.handleGeneration };
      target = new CallTarget(this.componentId, handle, this.method, this.info, operation);
      target.hooks = this.hooks;
      this.#kinds.set(operation, target);
    }
    return target;
  }
}
