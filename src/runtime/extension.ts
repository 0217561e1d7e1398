/**
 * A started instance: what `runtime.start` answers.
 *
 * On a call's path: the user comes before, `engine` after.
 */
import type { Context } from "../core/context.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";
import * as layout from "../ring/layout.generated.ts";
import { decode, encode } from "./codec.ts";
import { contextMessage } from "./context-message.ts";
import type { Engine } from "./engine.ts";
import { outcomeError, type Prefixes, withPrefix } from "./outcome.ts";
import {
  abortedError,
  HandledRequest,
  isAborted,
  type Outcome,
  PendingRequest,
  type RequestLimits,
  type RequestTarget,
} from "./request.ts";
import type { ExtensionHandle, MethodInfo } from "./types.ts";

const SHUTDOWN: Prefixes = { refused: "rust shutdown failed: ", failed: "rust shutdown failed: " };

const NO_PREFIXES: Prefixes = { refused: "", failed: "" };

/** The runtime's instances: each tells its owner when it is gone. */
export interface ExtensionOwner {
  readonly engine: Engine;
  gone(extension: RuntimeExtension): void;
}

export class RuntimeExtension implements ExtensionHandle {
  readonly id: string;
  readonly handle: { readonly index: number; readonly generation: number };
  readonly methods: readonly MethodInfo[];
  readonly #id: ComponentId;
  readonly #owner: ExtensionOwner;
  readonly #index: ReadonlyMap<string, number>;
  readonly #targets: readonly RequestTarget[];
  #ending: Promise<void> | undefined;

  constructor(
    owner: ExtensionOwner,
    id: ComponentId,
    handle: { readonly index: number; readonly generation: number },
    methods: readonly MethodInfo[],
  ) {
    this.#owner = owner;
    this.#id = id;
    this.id = id.toString();
    this.handle = handle;
    this.methods = methods;
    this.#index = new Map(methods.map((method, index) => [method.name, index]));
    this.#targets = methods.map((_, index) => this.#target(layout.OP_CALL, index));
  }

  call(method: string, payload?: unknown, options: Pick<Context, "signal" | "deadline"> = NO_LIMITS): Promise<unknown> {
    return new Promise((resolve, reject) => {
      try {
        this.#send(method, payload, options, resolve, reject);
      } catch (error) {
        reject(withPrefix(error, "", this.id));
      }
    });
  }

  #send(
    method: string,
    payload: unknown,
    options: Pick<Context, "signal" | "deadline">,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    const index = this.#index.get(method);
    if (index === undefined) throw this.#unknown(method);
    if (this.#ending !== undefined) throw this.#misuse("SHUT_DOWN", `extension ${this.id} was shut down`);
    const { signal } = options ?? NO_LIMITS;
    if (isAborted(signal)) throw abortedError("the call was aborted before it began", signal);
    const info = this.methods[index]!;
    const bytes = encode(info, payload);
    const { engine } = this.#owner;
    engine.submit(new Call(engine, this.#targets[index]!, bytes, options ?? NO_LIMITS, this.id, info, resolve, reject));
  }

  shutdown(context: Context = {}): Promise<void> {
    // A second shutdown waits for the first, and leaves its error to whoever asked first.
    if (this.#ending !== undefined) return this.#ending.catch(() => {});
    let send: () => Promise<void>;
    try {
      send = this.#lifecycle(layout.OP_SHUTDOWN, context, SHUTDOWN);
    } catch (error) {
      return Promise.reject(withPrefix(error, SHUTDOWN.failed, this.id)); // misuse: it lives on, and can be shut down
    }
    this.#ending = send().finally(() => this.#owner.gone(this));
    return this.#ending;
  }

  async ready(context: Context = {}): Promise<void> {
    await this.#lifecycle(layout.OP_READY, context, NO_PREFIXES)();
  }

  async notReady(context: Context = {}): Promise<void> {
    await this.#lifecycle(layout.OP_NOT_READY, context, NO_PREFIXES)();
  }

  /** Prepares a lifecycle request; what it answers sends it. @throws for misuse, before anything has happened */
  #lifecycle(operation: number, context: Context, prefixes: Prefixes): () => Promise<void> {
    const isShutdown = operation === layout.OP_SHUTDOWN;
    const { engine } = this.#owner;
    // A runtime that has closed has shut its instances down.
    if (isShutdown && engine.isOver) return () => Promise.resolve();
    let settle: { resolve: () => void; reject: (error: unknown) => void };
    const settled = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    const { signal } = context;
    const aborted = isAborted(signal) ? abortedError("the context was cancelled", signal) : undefined;
    const onFailure = (error: unknown): void => settle.reject(withPrefix(error, prefixes.failed, this.id));
    const onOutcome = (outcome: Outcome): void => {
      const { status } = outcome;
      if (status === layout.STATUS_OK || (isShutdown && status === layout.STATUS_STALE_HANDLE)) settle.resolve();
      else settle.reject(outcomeError(outcome, this.id, prefixes));
    };
    const payload = contextMessage(this.#id, context);
    const request = new HandledRequest(engine, this.#target(operation, 0), payload, context, { onFailure, onOutcome });
    return () => {
      // A cancelled shutdown goes to Rust all the same: the instance must not stay behind.
      if (aborted === undefined || isShutdown) engine.submit(request);
      if (aborted !== undefined) request.fail(aborted);
      return settled;
    };
  }

  #target(operation: number, method: number): RequestTarget {
    return { operation, handleIndex: this.handle.index, handleGeneration: this.handle.generation, method };
  }

  #unknown(method: string): FerruleError {
    const known = this.methods.map(({ name }) => name).join(", ") || "none";
    return this.#misuse(
      "UNKNOWN_METHOD",
      `extension ${this.id} has no method "${messageOf(method)}"; its methods: ${known}`,
    );
  }

  #misuse(code: string, text: string): FerruleError {
    return new FerruleError(code, text, { componentId: this.id, permanent: true });
  }
}

const NO_LIMITS = {};

/** One call of a method. */
class Call extends PendingRequest {
  readonly #id: string;
  readonly #method: MethodInfo;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    engine: Engine,
    target: RequestTarget,
    payload: Uint8Array,
    limits: RequestLimits,
    id: string,
    method: MethodInfo,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super(engine, target, payload, limits);
    this.#id = id;
    this.#method = method;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override onOutcome(outcome: Outcome): void {
    if (outcome.status !== layout.STATUS_OK) {
      this.#reject(outcomeError(outcome, this.#id));
      return;
    }
    try {
      this.#resolve(decode(this.#method, outcome.payload));
    } catch (error) {
      this.#reject(withPrefix(error, "", this.#id));
    }
  }

  protected override onFailure(error: unknown): void {
    this.#reject(withPrefix(error, "", this.#id));
  }
}
