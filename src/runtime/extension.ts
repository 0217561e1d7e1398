/**
 * A started instance: what `runtime.start` answers.
 *
 * On a call's path: the user comes before, `engine` after.
 */
import type { Context } from "../core/context.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";
import * as layout from "../ring/layout.generated.ts";
import { Call } from "./call.ts";
import { callMany } from "./call-many.ts";
import { type CallHooks, CallTarget } from "./call-target.ts";
import { timerMax } from "./clock.ts";
import { decode, encode, encodeForNow } from "./codec.ts";
import { contextMessage, framedPayload, hasCallerInfo } from "./context-message.ts";
import type { Engine } from "./engine.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Iterables } from "./iterables.ts";
import { closedError, outcomeError, type Prefixes, withPrefix } from "./outcome.ts";
import { RANK_ANSWER } from "./pending-calls.ts";
import {
  abortedError,
  HandledRequest,
  isAborted,
  type Outcome,
  type PayloadOptions,
  type RequestLimits,
} from "./request.ts";
import type {
  CallOptions,
  ExtensionHandle,
  ExtensionWriter,
  MethodInfo,
  SharedExtension,
  WriterOptions,
} from "./types.ts";
import { RingWriter } from "./writer.ts";

const SHUTDOWN: Prefixes = { refused: "rust shutdown failed: ", failed: "rust shutdown failed: " };

const NO_PREFIXES: Prefixes = { refused: "", failed: "" };

/** The runtime's instances: each tells its owner when it is gone. */
export interface ExtensionOwner {
  readonly engine: Engine;
  readonly calls: HostCalls;
  gone(extension: RuntimeExtension): void;
}

export class RuntimeExtension implements ExtensionHandle {
  readonly id: string;
  readonly handle: { readonly index: number; readonly generation: number };
  readonly methods: readonly MethodInfo[];
  readonly #id: ComponentId;
  readonly #owner: ExtensionOwner;
  /** It was started by this thread. */
  readonly #isOwn: boolean;
  /** Of the methods that were called. */
  readonly #targets = new Map<string, CallTarget>();
  /** The method that was called last: most calls in a row are of one. */
  #lastName = "";
  #lastTarget: CallTarget | undefined;
  #ending: Promise<void> | undefined;
  #hooks: CallHooks | undefined;

  constructor(
    owner: ExtensionOwner,
    id: ComponentId,
    handle: { readonly index: number; readonly generation: number },
    methods: readonly MethodInfo[],
    isOwn: boolean,
  ) {
    this.#isOwn = isOwn;
    this.#owner = owner;
    this.#id = id;
    this.id = id.toString();
    this.handle = handle;
    this.methods = methods;
  }

  call(method: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    try {
      const target = this.#target(method);
      if (options === undefined) {
        const bytes = payload === undefined ? NOTHING : encodeForNow(target.info, payload);
        return this.#owner.engine.tryCall(target, bytes) ?? this.#send(target, bytes, NO_OPTIONS);
      }
      const said: CallOptions = options ?? NO_OPTIONS;
      checkCallOptions(said);
      const bytes = encode(target.info, payload);
      if (!hasCallerInfo(said)) return this.#send(target, bytes, said);
      return this.#send(target.as(layout.OP_CALL | layout.FLAG_CONTEXT), framedPayload(said, bytes), said);
    } catch (error) {
      return Promise.reject(withPrefix(error, "", this.id, method));
    }
  }

  #send(target: CallTarget, payload: Uint8Array, options: CallOptions & RequestLimits): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { engine } = this.#owner;
      engine.submit(new Call(engine, target, payload, options, resolve, reject));
    });
  }

  async callMany(method: string, payloads: readonly unknown[], options?: Context): Promise<unknown[]> {
    try {
      const target = this.#target(method);
      if (!Array.isArray(payloads)) {
        throw this.#misuse("INVALID_ARGUMENT", `payloads must be an array, got ${messageOf(payloads)}`);
      }
      checkCallOptions(options ?? NO_OPTIONS);
      return await callMany(this.#owner.engine, target, payloads, options ?? NO_OPTIONS);
    } catch (error) {
      throw withPrefix(error, "", this.id, method);
    }
  }

  callSync(method: string, payload?: unknown, options: { readonly timeout?: number } = NO_OPTIONS): unknown {
    try {
      const target = this.#target(method);
      const timeout = options?.timeout ?? SYNC_TIMEOUT;
      if (!(typeof timeout === "number" && timeout > 0 && timeout <= timerMax)) {
        const text = `timeout must be a number of milliseconds over 0 and at most ${timerMax}, got ${messageOf(timeout)}`;
        throw this.#misuse("INVALID_ARGUMENT", text);
      }
      const outcome = this.#owner.engine.callSync(target, encode(target.info, payload), timeout);
      if (outcome.status !== layout.STATUS_OK) throw target.error(outcomeError(outcome, this.id, undefined, method));
      return target.result(decode(target.info, outcome.payload));
    } catch (error) {
      throw withPrefix(error, "", this.id, method);
    }
  }

  writer(method: string, options: WriterOptions = NO_OPTIONS): ExtensionWriter {
    const { engine } = this.#owner;
    const isOver = (): FerruleError | undefined => {
      if (this.#ending !== undefined) return this.#shutDown();
      return engine.isOver ? closedError("", this.id) : undefined;
    };
    return new RingWriter(engine, this.#target(method), options ?? NO_OPTIONS, isOver);
  }

  share(): SharedExtension {
    return { id: this.id, handle: { index: this.handle.index, generation: this.handle.generation } };
  }

  #target(method: string): CallTarget {
    let target = this.#lastTarget;
    if (method !== this.#lastName || target === undefined) {
      target = this.#targets.get(method) ?? this.#newTarget(method);
      this.#lastName = method;
      this.#lastTarget = target;
    }
    if (this.#ending !== undefined) throw this.#shutDown();
    return target;
  }

  #newTarget(method: string): CallTarget {
    const index = this.methods.findIndex(({ name }) => name === method);
    const info = this.methods[index];
    if (info === undefined) throw this.#unknown(method);
    const target = new CallTarget(this.id, this.handle, index, info);
    target.hooks = this.#hooks;
    this.#targets.set(method, target);
    return target;
  }

  /** @internal What a typed client makes of errors and results. Before the first call. */
  hook(hooks: CallHooks): void {
    this.#hooks = hooks;
  }

  /** @internal Where iterables are passed to it; nothing when another thread has started it. */
  get iterables(): Iterables | undefined {
    return this.#isOwn ? this.#owner.calls.iterables : undefined;
  }

  /** @internal A call that Rust answers at once, and which may free what other calls wait for: it waits for none. */
  command(method: string, payload: Uint8Array): Promise<unknown> {
    try {
      return this.#send(this.#target(method), payload, { rank: RANK_ANSWER });
    } catch (error) {
      return Promise.reject(error);
    }
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
    this.#ending = send();
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
    if (isShutdown && engine.isOver) {
      this.#owner.gone(this);
      return () => Promise.resolve();
    }
    let settle: { resolve: () => void; reject: (error: unknown) => void };
    const settled = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    const { signal } = context;
    const aborted = isAborted(signal) ? abortedError("the context was cancelled", signal) : undefined;
    const onFailure = (error: unknown): void => {
      if (isShutdown) this.#owner.gone(this);
      settle.reject(withPrefix(error, prefixes.failed, this.id));
    };
    const onOutcome = (outcome: Outcome): void => {
      const { status } = outcome;
      if (isShutdown) this.#owner.gone(this);
      if (status === layout.STATUS_OK || (isShutdown && status === layout.STATUS_STALE_HANDLE)) settle.resolve();
      else settle.reject(outcomeError(outcome, this.id, prefixes));
    };
    const payload = contextMessage(this.#id, context);
    const { index: handleIndex, generation: handleGeneration } = this.handle;
    const target = { operation, handleIndex, handleGeneration, method: 0 };
    const { deadline } = context;
    const request = new HandledRequest(engine, target, payload, { signal, deadline }, { onFailure, onOutcome });
    return () => {
      // A cancelled shutdown goes to Rust all the same: the instance must not stay behind.
      if (aborted === undefined || isShutdown) engine.submit(request);
      if (aborted !== undefined) request.fail(aborted);
      return settled;
    };
  }

  #shutDown(): FerruleError {
    return this.#misuse("SHUT_DOWN", `extension ${this.id} was shut down`);
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

const NO_OPTIONS = {};
const NOTHING = new Uint8Array(0);
/** Milliseconds that a synchronous call waits at most, unless it says otherwise. */
const SYNC_TIMEOUT = 5_000;

/** @throws {FerruleError} `INVALID_ARGUMENT` for an option that is none, `ABORTED` for a signal that was aborted */
function checkCallOptions({ signal, into, lend }: RequestLimits & PayloadOptions): void {
  if (isAborted(signal)) throw abortedError("the call was aborted before it began", signal);
  if (into !== undefined && !(into instanceof Uint8Array)) {
    const text = `into must be a Uint8Array, got ${messageOf(into)}`;
    throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
  }
  if (lend !== undefined && typeof lend !== "boolean") {
    const text = `lend must be true or false, got ${messageOf(lend)}`;
    throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
  }
}
