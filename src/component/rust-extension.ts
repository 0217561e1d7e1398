/**
 * One extension written in Rust, as the service sees it: a wrapper that holds nothing in Rust but between start and
 * shutdown.
 *
 *     created --start--> starting --ok--> started --shutdown--> over
 *        ^                  |  |                                ^  ^
 *        +-----failed-------+  +----shutdown: start aborted-----+  |
 *        +-----------------------shutdown--------------------------+
 *
 * `docs/lifecycle.md` has the table of moves and texts. A life is over as soon as its shutdown begins; a new one needs
 * a new wrapper.
 */
import { LinkedAbort } from "../core/abort.ts";
import type { Context } from "../core/context.ts";
import { AbortedError, FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";
import type { ExtensionHandle, Payload, RustRuntime } from "../runtime/types.ts";
import { calleesOf } from "./callees.ts";
import type { Extension } from "./extension.ts";
import type { Host } from "./host.ts";
import { RuntimeEnd } from "./runtime-end.ts";
import type { RustComponentConfig } from "./rust-config.ts";
import type { Settings } from "./settings.ts";

type State = "created" | "starting" | "started" | "over";

/** What `RustExtensionFactory.create` returns. */
export class RustExtension implements Extension {
  readonly settings: Settings;
  readonly config: RustComponentConfig;
  readonly #runtime: RustRuntime;
  readonly #runtimeEnd: RuntimeEnd;
  #state: State = "created";
  #handle: ExtensionHandle | undefined;
  /** The start under way. Its outcome never rejects: the handle, or undefined when there is none. */
  #starting: { readonly abort: LinkedAbort; readonly outcome: Promise<ExtensionHandle | undefined> } | undefined;
  /** The shutdown under way; never rejects. */
  #stopping: Promise<void> = Promise.resolve();

  /** Use `RustExtensionFactory.create`, which checks what it is given. */
  constructor(runtime: RustRuntime, settings: Settings, config: RustComponentConfig) {
    this.#runtime = runtime;
    this.#runtimeEnd = RuntimeEnd.of(runtime);
    this.settings = settings;
    this.config = config;
    settings.logger.debug(this.#fields, "created rust extension wrapper");
  }

  get id(): ComponentId {
    return this.settings.id;
  }

  /** True between a successful start and the end of the shutdown. */
  get started(): boolean {
    return this.#handle !== undefined;
  }

  /** The instance in Rust; undefined while there is none. */
  get handle(): ExtensionHandle | undefined {
    return this.#handle;
  }

  /**
   * Has Rust create and start the instance. A failed start leaves nothing behind, and may be tried again.
   * @throws {ExtensionError} `rust extension start failed: <Rust's text>`
   * @throws {FerruleError} `rust extension start call failed: <cause>`; `ALREADY_STARTED`; `SHUT_DOWN`
   */
  async start(context: Context, host: Host): Promise<void> {
    if (this.#state === "starting" || this.#state === "started")
      throw this.#misuse("ALREADY_STARTED", "already started");
    if (this.#state === "over") throw this.#shutDown();
    this.#state satisfies "created";
    if (context.signal?.aborted === true) {
      const details = { cause: context.signal.reason, componentId: this.id.toString() };
      throw new AbortedError("rust extension start call failed: context was already cancelled", details);
    }
    this.#state = "starting";
    const abort = new LinkedAbort(context.signal);
    const call = this.#callStart(context, host, abort);
    this.#starting = { abort, outcome: call.catch(() => undefined) };
    try {
      const handle = await call;
      if (this.#hasState("starting")) {
        this.#handle = handle;
        this.#state = "started";
        return;
      }
    } catch (error) {
      if (this.#hasState("starting")) this.#state = "created";
      throw error;
    } finally {
      abort.unlink();
    }
    // The success came too late: a shutdown is under way, and ends the instance.
    throw this.#shutDown();
  }

  /**
   * Ends the instance. Legal in every state: it aborts a start that is under way, and resolves when there is nothing
   * to end. The wrapper is clean afterwards, also when this rejects.
   * @throws {ExtensionError} `rust shutdown failed: <Rust's text>`, after the clean-up
   */
  async shutdown(context: Context): Promise<void> {
    switch (this.#state) {
      case "starting":
      case "started": {
        const ending = this.#end(context);
        this.#stopping = ending.catch(() => undefined);
        return ending;
      }
      case "created":
      case "over":
        this.settings.logger.debug(this.#fields, "rust extension shutdown called but not started");
        this.#state = "over";
        // The first shutdown's caller hears of its failure; here it only matters that it is over.
        return this.#stopping;
      default:
        this.#state satisfies never;
    }
  }

  /** Tells the instance that the service is ready. Nothing happens while there is none. */
  async ready(context: Context): Promise<void> {
    await this.#handle?.ready(context);
  }

  /** Tells the instance that the service is about to stop. Nothing happens while there is none, or none any more. */
  async notReady(context: Context): Promise<void> {
    if (!this.#runtimeEnd.isOver) await this.#handle?.notReady(context);
  }

  /**
   * Calls a method of the instance.
   * @throws {FerruleError} `NOT_STARTED`, `SHUT_DOWN`, or what the call itself ended with
   */
  async call(method: string, payload?: Payload, options?: Context): Promise<unknown> {
    if (this.#state === "over") throw this.#shutDown();
    if (this.#handle === undefined) throw this.#misuse("NOT_STARTED", "is not started");
    return this.#handle.call(method, payload, options);
  }

  /** An async function, so that a runtime that throws at once is a rejection like every other. */
  async #callStart(context: Context, host: Host, abort: LinkedAbort): Promise<ExtensionHandle> {
    const options = { ...context, signal: abort.signal, host: host.info, callees: calleesOf(host) };
    return this.#runtime.start(this.id.toString(), this.config.json, options);
  }

  async #end(context: Context): Promise<void> {
    const starting = this.#starting;
    this.#state = "over";
    try {
      if (this.#handle === undefined) starting?.abort.abort(this.#shutDown());
      const handle = this.#handle ?? (await starting?.outcome);
      await handle?.shutdown(context);
    } catch (error) {
      this.settings.logger.error({ ...this.#fields, error: messageOf(error) }, "rust extension shutdown failed");
      throw error;
    } finally {
      this.#handle = undefined;
      this.#starting = undefined;
    }
  }

  /** By a call, since the compiler takes a field for unchanged across an await. */
  #hasState(state: State): boolean {
    return this.#state === state;
  }

  get #fields(): object {
    return { component: this.id.toString() };
  }

  #shutDown(): FerruleError {
    return this.#misuse("SHUT_DOWN", "was shut down");
  }

  #misuse(code: "ALREADY_STARTED" | "NOT_STARTED" | "SHUT_DOWN", what: string): FerruleError {
    return new FerruleError(code, `rust extension ${this.id} ${what}`, {
      permanent: true,
      componentId: this.id.toString(),
    });
  }
}
