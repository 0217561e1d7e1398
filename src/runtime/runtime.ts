/**
 * One thread's lane of an open Rust library: its components, its instances, its end. `open` makes the first lane and
 * the runtime with it, `attach` the others.
 */
import { ConfigError, FerruleError, messageOf, ProtocolError } from "../core/errors.ts";
import { ComponentId } from "../core/id.ts";
import { guardedLogger, type Logger, silentLogger } from "../core/logger.ts";
import type { Header } from "../ring/header.ts";
import { OFFSET_STATE, STATE_CLOSED } from "../ring/layout.generated.ts";
import { violation } from "../ring/violation.ts";
import type { Words } from "../ring/words.ts";
import { Bell } from "./bell.ts";
import { timerMax } from "./clock.ts";
import { Engine } from "./engine.ts";
import { EventSink } from "./events.ts";
import { RuntimeExtension } from "./extension.ts";
import { type Bucket, quantile } from "./histogram.ts";
import { HostCalls } from "./host-calls.ts";
import type { Library, Opened } from "./library.ts";
import { closedError } from "./outcome.ts";
import { type Starter, startExtension } from "./start.ts";
import { readCounters, readHistogram } from "./stats.ts";
import { reportStuck } from "./stuck.ts";
import type {
  CallHandler,
  ClientArguments,
  ClientClass,
  CloseOptions,
  ComponentInfo,
  ExtensionHandle,
  RuntimeOptions,
  RuntimeStats,
  RustRuntime,
  SharedExtension,
  SharedRuntime,
  StartOptions,
  StatusReport,
  ValidConfig,
} from "./types.ts";

const GRACE_DEFAULT = 5_000;
const WAITING_MAX_DEFAULT = 65_536;

/** A lane that was attached, and what its library holds. */
export interface Lane {
  readonly words: Words;
  readonly header: Header;
  readonly components: readonly ComponentInfo[];
}

export class Runtime implements RustRuntime, AsyncDisposable {
  readonly #library: Library;
  readonly #number: number;
  readonly #logger: Logger;
  readonly #components: readonly ComponentInfo[];
  readonly #engine: Engine;
  readonly #bell: Bell;
  readonly #events: EventSink;
  readonly #calls: HostCalls;
  readonly #starter: Starter;
  readonly #extensions = new Set<RuntimeExtension>();
  /** By index of the handle, whoever started it: for messages. */
  readonly #known = new Map<number, RuntimeExtension>();
  readonly #words: Words;
  /** Rust's counters when it ended: its memory is given back then. */
  #lastCounters: Record<string, number> | undefined;
  #lastHistogram: Bucket[] | undefined;
  #holds = 0;
  #engineHolds = false;
  #closing: Promise<void> | undefined;
  #closed = false;
  #endReached!: () => void;
  readonly #end = new Promise<void>((resolve) => {
    this.#endReached = resolve;
  });

  #overReached!: (error: Error | undefined) => void;
  readonly ended = new Promise<Error | undefined>((resolve) => {
    this.#overReached = resolve;
  });

  /** @internal use `open` or `attach` */
  constructor(library: Library, opened: Opened, lane: Lane, options: RuntimeOptions) {
    const { words, header } = lane;
    this.#library = library;
    this.#number = opened.lane;
    this.#logger = guardedLogger(options.logger ?? silentLogger);
    this.#components = lane.components;
    this.#words = words;
    this.#calls = new HostCalls({ payloadMax: header.payloadMax, engine: () => this.#engine });
    this.#events = new EventSink(this.#logger, this.#calls, (text) => this.#fault(violation(text)));
    if (options.onStatus !== undefined) this.#events.addListener(options.onStatus);
    this.#bell = new Bell(opened.socket, { onRing: () => this.#engine.ring(), onEnd: () => this.#onEnd() });
    this.#engine = new Engine(words, header, {
      whenFull: options.whenFull ?? "wait",
      waitingMax: options.waitingMax ?? WAITING_MAX_DEFAULT,
      wake: () => library.wake(opened.lane),
      wait: (micros) => library.wait(opened.lane, micros),
      onEvent: (kind, payload) => this.#events.take(kind, payload),
      onHold: (held) => {
        this.#engineHolds = held;
        this.#updateHold();
      },
      onFault: (error) => this.#fault(error),
      onStuck: (call) => reportStuck(this.#logger, call, this.#known.get(call.handleIndex)),
    });
    this.#starter = {
      engine: this.#engine,
      components: this.#components,
      logger: this.#logger,
      calls: this.#calls,
      gone: (extension) => this.#extensions.delete(extension),
    };
  }

  components(): readonly ComponentInfo[] {
    return this.#components;
  }

  defaultConfig(type: string): string {
    return this.#library.configDefault(type);
  }

  validateConfig(type: string, json: string): ValidConfig {
    try {
      return JSON.parse(this.#library.configValidate(type, json)) as ValidConfig;
    } catch (error) {
      if (!(error instanceof FerruleError) || error.code === "UNKNOWN_TYPE") throw error;
      throw new ConfigError(`rust config validation failed: ${error.message}`, error.message, { cause: error.cause });
    }
  }

  /** Starts an instance by its id, or by the class of a generated client. */
  start<Client, Config>(client: ClientClass<Client, Config>, ...rest: ClientArguments<Config>): Promise<Client>;
  start(id: string, config?: unknown, options?: StartOptions): Promise<ExtensionHandle>;
  async start(
    id: string | ClientClass<unknown, unknown>,
    config: unknown = {},
    options: StartOptions = {},
  ): Promise<unknown> {
    if (isClient(id)) return id.startIn(this, config, options);
    if (this.#closing !== undefined || this.#engine.isOver) {
      throw closedError("rust extension start call failed: ", messageOf(id));
    }
    const extension = await startExtension(this.#starter, id, config, options);
    this.#extensions.add(extension);
    this.#known.set(extension.handle.index, extension);
    return extension;
  }

  /**
   * An instance that another lane has started, for this one: what its `share()` gave. It ends with the lane that
   * started it, or when anyone shuts it down; calls reject with `SHUT_DOWN` then.
   * @throws {FerruleError} `INVALID_ARGUMENT`, `INVALID_ID`, `UNKNOWN_TYPE`
   */
  extension(shared: SharedExtension): ExtensionHandle {
    const { index, generation } = shared?.handle ?? {};
    if (!isWord(index) || !isWord(generation)) {
      const text = "extension takes what an extension's share() gave";
      throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
    }
    const id = ComponentId.parse(shared.id);
    const info = this.#components.find(({ type }) => type === id.type);
    if (info === undefined) {
      throw new FerruleError("UNKNOWN_TYPE", `the library has no type "${id.type}"`, { permanent: true });
    }
    const extension = new RuntimeExtension(this.#starter, id, { index, generation }, info.methods, false);
    this.#known.set(index, extension);
    return extension;
  }

  /**
   * What another thread of this process needs to attach to this runtime, by `attach`.
   * @throws {FerruleError} `RUNTIME_CLOSED`
   */
  share(): SharedRuntime {
    if (this.#closing !== undefined || this.#engine.isOver) throw closedError();
    return { library: this.#library.path, lane: this.#number, process: process.pid };
  }

  /**
   * Provides a function to Rust extensions that are started through this lane: `host.call(name, payload, &context)`, or
   * `host.ask(name, &value, &context)` for one that `valuesHandler` made.
   * @returns a function that takes it back; calls under way go on
   * @throws {FerruleError} `INVALID_ARGUMENT`, also for a name that is taken; `RUNTIME_CLOSED`
   */
  provide(name: string, handler: CallHandler): () => void {
    if (this.#closing !== undefined || this.#engine.isOver) throw closedError();
    return this.#calls.provide(name, handler);
  }

  stats(): RuntimeStats {
    const { here, inRust } = this.latency();
    return {
      ...this.#engine.stats(),
      ...this.#calls.stats(),
      ...(this.#lastCounters ?? readCounters(this.#words)),
      latencyP50Us: quantile(here, 0.5),
      latencyP99Us: quantile(here, 0.99),
      rustLatencyP50Us: quantile(inRust, 0.5),
      rustLatencyP99Us: quantile(inRust, 0.99),
    };
  }

  /**
   * How long calls took, of one in 64: from their sending to their answer, and from their taking to their answer in
   * Rust.
   */
  latency(): { readonly here: readonly Bucket[]; readonly inRust: readonly Bucket[] } {
    return { here: this.#engine.latency(), inRust: this.#lastHistogram ?? readHistogram(this.#words) };
  }

  hold(): () => void {
    let held = true;
    this.#holds++;
    this.#updateHold();
    return () => {
      if (!held) return;
      held = false;
      this.#holds--;
      this.#updateHold();
    };
  }

  #updateHold(): void {
    this.#bell.hold(!this.#closed && (this.#holds > 0 || this.#engineHolds || this.#closing !== undefined));
  }

  onStatus(listener: (report: StatusReport) => void): () => void {
    return this.#events.addListener(listener);
  }

  /**
   * Ends the runtime: calls may finish for half the grace, instances are shut down in reverse order of their start, and
   * everything is settled by the end of it. A second close waits for the first.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const grace = options?.grace ?? GRACE_DEFAULT;
    if (!(typeof grace === "number" && grace >= 0 && grace <= timerMax)) {
      const text = `grace must be a number of milliseconds from 0 to ${timerMax}, got ${messageOf(grace)}`;
      return Promise.reject(new FerruleError("INVALID_ARGUMENT", text, { permanent: true }));
    }
    this.#closing ??= this.#close(grace);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(grace: number): Promise<void> {
    if (this.#closed) return;
    this.#engine.refuseCalls(closedError());
    await Promise.resolve(); // `#closing` is set from here on
    this.#updateHold();
    this.#library.close(this.#number, grace);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(resolve, grace, "late" as const);
    });
    const outcome = await Promise.race([this.#end, late]);
    clearTimeout(timer);
    const stats = this.stats();
    this.#finish(closedError(), outcome !== "late");
    if (outcome === "late") {
      this.#logger.warn(stats, "the runtime did not end within its grace; its threads are left behind");
    }
  }

  /** The socket has ended: Rust is done, or gone. */
  #onEnd(): void {
    this.#endReached();
    if (this.#closing !== undefined || this.#closed) return;
    // The lane that the runtime was opened with has closed it.
    const isClosed = this.#words.load(OFFSET_STATE) === STATE_CLOSED;
    const error = isClosed ? closedError() : new ProtocolError("the Rust side of the runtime ended by itself");
    this.#finish(error, true);
  }

  #fault(error: ProtocolError): void {
    if (this.#closed) return;
    this.#library.close(this.#number, 0);
    this.#finish(error, false);
    this.#logger.error({ error: error.message }, "the runtime is over");
  }

  /** Settles everything. @param ended Rust writes nothing more: its memory can be given back */
  #finish(error: FerruleError, ended: boolean): void {
    if (this.#closed) return;
    this.#engine.end(error);
    this.#calls.end(error);
    this.#closed = true;
    this.#lastCounters = readCounters(this.#words);
    this.#lastHistogram = readHistogram(this.#words);
    // Nothing looks at the memory from here on: Rust may take the socket's end for the thread's, and unmap it.
    this.#bell.close();
    this.#extensions.clear();
    this.#known.clear();
    this.#events.removeListeners();
    // The pages go now; the addresses when this runtime, and with it the last view, is collected.
    if (ended) this.#library.release(this.#number, false);
    this.#overReached(error instanceof ProtocolError ? error : undefined);
  }
}

function isClient(id: string | ClientClass<unknown, unknown>): id is ClientClass<unknown, unknown> {
  return typeof id === "function";
}

function isWord(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
