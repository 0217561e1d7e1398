/** What a runtime offers to its users and to the component model above it. */
import type { Context, HandlerContext, HostInfo } from "../core/context.ts";
import type { Logger } from "../core/logger.ts";
import type { InterfaceDescription } from "./interface.ts";

/** How payloads of a method cross: untouched bytes, or a structured value in one of two encodings. */
export type PayloadForm = "bytes" | "msgpack" | "json";

/** A method that an extension answers. */
export interface MethodInfo {
  readonly name: string;
  readonly description: string;
  /** Form of the payload and of the result. */
  readonly form: PayloadForm;
  /** It runs on a thread of its own, not on the thread that drains the ring. */
  readonly blocking: boolean;
}

/** A factory that is linked into the library. */
export interface ComponentInfo {
  readonly type: string;
  readonly stability: string;
  readonly description: string;
  readonly methods: readonly MethodInfo[];
  /** JSON Schema of the configuration. */
  readonly configSchema: Readonly<Record<string, unknown>>;
  /** The crate that registers it, with its version: `cache v0.3.1`. */
  readonly module?: string;
  /** What a typed extension says of its methods. */
  readonly interface?: InterfaceDescription;
}

/** What Rust says about a configuration that it accepts. */
export interface ValidConfig {
  /** Ids of extensions that must start first. */
  readonly dependencies: readonly string[];
}

export type Payload = Uint8Array | unknown;

/** A status that an extension reported by itself, from Rust. */
export interface StatusReport {
  readonly componentId: string;
  readonly status: string;
  /** Rust's text, for error statuses. */
  readonly error?: string;
}

/** A caller's metadata, auth data or trace is sent before the payload, which is copied for it once more. */
export interface CallOptions extends Context {
  /**
   * Where the result goes: what the call answers is a view of it. A result that is longer comes in memory of its own.
   * Only for methods of form `bytes` does the caller see these bytes. Leave it alone until the call is settled.
   */
  readonly into?: Uint8Array | undefined;
  /** You leave the payload alone until the call is settled: it is not copied even if it has to wait for space. */
  readonly lend?: boolean | undefined;
}

export interface WriterOptions {
  /** Bytes under way from which on `write` answers false. 1 MiB by default. */
  readonly highWaterMark?: number;
}

export interface WriterResult {
  /** Items that were written. */
  readonly written: number;
}

/** Pushes items to a method, each as a call of it whose result is dropped. */
export interface ExtensionWriter {
  /**
   * Takes an item; it may be changed afterwards. Items begin in their order.
   * @returns false when much is under way: await {@link drain} before you go on
   * @throws {FerruleError} `INVALID_ARGUMENT`, `SHUT_DOWN`, `RUNTIME_CLOSED`; `INVALID_STATE` after `end`
   */
  write(payload?: Payload): boolean;
  /**
   * Resolves when little is under way.
   * @throws {FerruleError} `WRITE_FAILED` for items that failed since the last time; its cause is the first failure
   */
  drain(): Promise<void>;
  /** Resolves when every item has been answered. @throws {FerruleError} as {@link drain} */
  end(): Promise<WriterResult>;
}

/** A started instance, as another thread's lane can take it over. Plain data: post it as it is. */
export interface SharedExtension {
  readonly id: string;
  readonly handle: { readonly index: number; readonly generation: number };
}

/** An open runtime, as another thread can attach to it. Plain data: post it as it is. */
export interface SharedRuntime {
  /** Path of the library. */
  readonly library: string;
  /** Number of a lane of the runtime, in this process. */
  readonly lane: number;
  /** Of this process. */
  readonly process: number;
}

export interface StartOptions extends Context {
  readonly host?: HostInfo;
  /** What of the host's extensions is written in TypeScript, for calls from Rust. */
  readonly callees?: Callees;
}

/** A class of a generated client: what `Runtime.start` takes in place of an id. */
export interface ClientClass<Client, Config> {
  startIn(runtime: RustRuntime, config: Config, options: StartOptions): Promise<Client>;
}

/** How an instance is started through a client's class. */
export type ClientStartOptions = StartOptions & {
  readonly id?: string;
  readonly functions?: Handlers | undefined;
};

/** What follows a client's class: the configuration, which can be left out where no field is required. */
export type ClientArguments<Config> = undefined extends Config
  ? [config?: Config, options?: ClientStartOptions]
  : [config: Config, options?: ClientStartOptions];

/**
 * Answers a call from Rust: bytes, or nothing; `valuesHandler` makes one that takes and answers values. What it throws
 * is the caller's error, with its code, kind and causes.
 * @param payload yours alone
 * @param context its signal is aborted when the caller has gone, or the runtime. Hand it on with the calls that you
 *   make in turn: they say the same then, end with this one, and cannot wait for it in a circle
 */
export type CallHandler = (
  payload: Uint8Array,
  context: HandlerContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is one
) => Uint8Array | undefined | void | Promise<Uint8Array | undefined | void>;

/** Handlers by the name of the method. */
export type Handlers = Readonly<Record<string, CallHandler>>;

/** The handlers of an extension, by its id; undefined for one that Rust cannot call. */
export type Callees = (id: string) => Handlers | undefined;

/** A started instance. */
export interface ExtensionHandle {
  readonly id: string;
  /** Index and generation of the instance in the runtime's table. */
  readonly handle: { readonly index: number; readonly generation: number };
  readonly methods: readonly MethodInfo[];
  /**
   * Calls a method. The payload is a `Uint8Array` for methods of form `bytes`, any structured value for the others.
   * @returns what the method answered, in the same form
   */
  call(method: string, payload?: Payload, options?: CallOptions): Promise<unknown>;
  /**
   * Calls a method once for each payload, behind one promise: much cheaper for each than a promise of its own.
   * @returns what each answered, in order
   * @throws {BatchError} when some failed: it has every result and every failure
   */
  callMany(method: string, payloads: readonly Payload[], options?: Context): Promise<unknown[]>;
  /**
   * Calls a method and blocks this thread until it has answered.
   * @param options timeout in milliseconds, 5,000 by default
   * @throws {DeadlineError} when the time is over
   */
  callSync(method: string, payload?: Payload, options?: { readonly timeout?: number }): unknown;
  /** Opens a writer, which pushes items to a method in batches. */
  writer(method: string, options?: WriterOptions): ExtensionWriter;
  /** What another thread's lane needs to use this instance: see `Runtime.extension`. */
  share(): SharedExtension;
  /** Shuts the instance down. Further calls reject with `SHUT_DOWN`; a second shutdown resolves. */
  shutdown(context?: Context): Promise<void>;
  /** Tells the instance that the service is ready. */
  ready(context?: Context): Promise<void>;
  /** Tells the instance that the service is about to stop. */
  notReady(context?: Context): Promise<void>;
}

export interface CloseOptions {
  /** Milliseconds for running calls and shutdowns before they are cancelled. 5,000 by default. */
  readonly grace?: number;
}

export interface RuntimeOptions {
  /** Gets Rust's `tracing` events, with `component` in the fields. */
  readonly logger?: Logger;
  /** Least level of Rust's events that crosses. `info` by default. */
  readonly logLevel?: "debug" | "info" | "warn" | "error" | "off";
  /** When every slot is taken: wait in order (the default), or reject with `RING_FULL`. */
  readonly whenFull?: "wait" | "reject";
  /** Calls that may wait for a slot; the next one rejects with `RING_FULL`. 65,536 by default. */
  readonly waitingMax?: number;
  /** Hears statuses that extensions report by themselves. */
  readonly onStatus?: (report: StatusReport) => void;
}

export interface OpenOptions extends RuntimeOptions {
  /**
   * Threads that calls run on. 0, the default, runs them on the one thread that takes them from the ring: the quickest
   * for calls that do little. A number runs them on so many threads, two at least: for calls that compute.
   */
  readonly workers?: number;
  /**
   * Whether both sides look a bounded while for what comes before they sleep: `adaptive`, the default, looks when what
   * it has seen says that it pays; `off` sleeps at once, which costs the least CPU and the most latency.
   */
  readonly polling?: "adaptive" | "off";
  /** Lanes that the runtime may have at once, this thread's included. 16 by default, 256 at most. */
  readonly lanes?: number;
  /** Bytes of the longest payload, in either direction. 16 MiB by default; 512 KiB at least, 1 GiB at most. */
  readonly payloadMax?: number;
  /**
   * Bytes of payloads that may be under way in each direction of a lane. Beyond it calls wait for a slot, and Rust
   * takes no further calls until its results were taken. Four times `payloadMax` by default.
   */
  readonly heldMax?: number;
}

/** Counters of a runtime; `docs/architecture.md` says what each counts. */
export type RuntimeStats = Readonly<Record<string, number>>;

/** An open Rust library: what the component model needs of `Runtime`. */
export interface RustRuntime {
  /** Every factory of the library, in order of type. */
  components(): readonly ComponentInfo[];
  /** Default configuration of a type, as JSON text. */
  defaultConfig(type: string): string;
  /** @throws {ConfigError} with Rust's text */
  validateConfig(type: string, json: string): ValidConfig;
  /**
   * Creates and starts an instance: one trip through the ring.
   * @param id `type` or `type/name`
   * @param config JSON text, or a value that becomes it
   * @throws {ExtensionError} `rust extension start failed: <Rust's text>` when Rust refused
   * @throws {FerruleError} `rust extension start call failed: <cause>` when the call did not get through
   */
  start(id: string, config: unknown, options?: StartOptions): Promise<ExtensionHandle>;
  /**
   * Provides a function to Rust extensions that are started through it, until the returned function is called.
   * @throws {FerruleError} `INVALID_ARGUMENT`, also for a name that is taken; `RUNTIME_CLOSED`
   */
  provide(name: string, handler: CallHandler): () => void;
  stats(): RuntimeStats;
  /** Keeps the event loop alive until the returned function is called. */
  hold(): () => void;
  /** Hears statuses that Rust reports, until the returned function is called. */
  onStatus(listener: (report: StatusReport) => void): () => void;
  close(options?: CloseOptions): Promise<void>;
  /** Resolves when the runtime is over: with nothing after an orderly close, with the error when it ended by itself. */
  readonly ended: Promise<Error | undefined>;
}
