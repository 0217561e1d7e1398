/**
 * A service: it opens a library, builds and starts what a configuration says, runs until it is told to stop, and stops
 * it in reverse. A reload stops, builds and starts again. `docs/service.md` draws the states.
 */
import { ownBuildInfo } from "../component/build-info.ts";
import type { Extension } from "../component/extension.ts";
import { RuntimeEnd } from "../component/runtime-end.ts";
import type { StatusEvent } from "../component/status.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import type { ChangeEvent } from "../confmap/provider.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import { guardedLogger, type Logger, silentLogger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import type { RustRuntime } from "../runtime/types.ts";
import { decodeConfig, openRuntime } from "./assemble.ts";
import { Assembly, type AssemblySettings } from "./assembly.ts";
import type { Abandoned } from "./budget.ts";
import { type ConfigValues, isSources, readConfig } from "./config-input.ts";
import { StartCancelled } from "./extensions.ts";
import { checkOptions, type ServiceOptions, type ServiceState } from "./options.ts";
import { holdProcess } from "./process-hold.ts";
import { type ReloadRequest, ReloadRequests } from "./reload-requests.ts";
import { framed, joined, ServiceError } from "./service-error.ts";
import { StopRequest } from "./stop-request.ts";

const TIMEOUT = 30_000;
const TIMEOUT_TOTAL = 300_000;
/** Milliseconds in which a component that reported a fatal error may say more, by refusing the step that it is in. */
const LAST_WORDS = 1_000;

/** Runs components. Several services may run in one process; each is run once. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #logger: Logger;
  readonly #stop = new StopRequest();
  readonly #reloads = new ReloadRequests();
  readonly #abandoned: Abandoned[] = [];
  /** What was asked of others, to be taken back at the end. */
  readonly #undo: (() => void)[] = [];
  #state: ServiceState = "Starting";
  #life: Promise<void> | undefined;
  #isOver = false;
  /** The last one that was built. */
  #assembly: Assembly | undefined;
  /** The one that is still to be shut down. */
  #standing: Assembly | undefined;
  /** Something is being shut down. */
  #isRetiring = false;
  #runtime: RustRuntime | undefined;
  #fatal: FerruleError | undefined;
  /** Where the fatal error fell. While everything runs, upstream's run ends without an error. */
  #fatalState: ServiceState | undefined;
  #wasReady = false;
  #becameReady: () => void = () => undefined;
  readonly #ready = new Promise<void>((resolve) => {
    this.#becameReady = resolve;
  });

  constructor(options: ServiceOptions) {
    checkOptions(options);
    this.#options = options;
    this.#logger = guardedLogger(options.logger ?? silentLogger);
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** The first fatal error: one that a component reported, the end of the runtime under the service, or sources that
   * cannot be watched any more. */
  get fatalError(): FerruleError | undefined {
    return this.#fatal;
  }

  /** The extensions by id, in the order of their start; empty until they were created. */
  get extensions(): ReadonlyMap<string, Extension> {
    return this.#assembly?.extensions.byId ?? new Map();
  }

  /** What did not end in time and was left behind, in the order in which it was given up. */
  get abandoned(): readonly Abandoned[] {
    return [...this.#abandoned];
  }

  /**
   * Starts everything, runs until {@link shutdown} is called, a component reports a fatal error, or the runtime ends,
   * and stops it.
   * @throws {InvalidConfigError} when the configuration cannot be used; nothing was started
   * @throws {ServiceError} `failed to start extensions: <cause>`, `failed to shutdown service after error: <cause>`,
   * `failed to setup configuration components: <cause>`; everything was stopped
   * @throws {FerruleError} `RUNTIME_CLOSED` when the runtime that it was given is over; nothing was started
   */
  async run(): Promise<void> {
    if (this.#life === undefined && this.#stop.requested) {
      this.#isOver = true;
      this.#setState("Closed");
      return;
    }
    this.#life ??= this.#live();
    await this.#life;
  }

  /** Starts everything, and resolves when all are ready. Whoever starts a service so ends it by {@link shutdown}.
   * @throws what {@link run} would reject with, or `SHUT_DOWN` when a shutdown came first */
  async start(): Promise<void> {
    if (this.#stop.requested) throw this.#wasShutDown();
    const ended = this.run().then(() => {
      throw this.#fatal ?? this.#wasShutDown();
    });
    await Promise.race([this.#ready, ended]);
  }

  /**
   * Reads the configuration anew, or takes the one that is given, and runs with it. Resolves when it does. While the
   * service starts, or reloads, it waits its turn; what waits is one reload, with the last configuration given.
   * @throws what {@link run} rejects with, since a reload that fails ends the run; with `reload: "checked"` also what is
   * wrong with the configuration, and then the old one still runs
   * @throws {FerruleError} `INVALID_STATE` before the run; `SHUT_DOWN` when the stop came first
   */
  async reload(config?: ConfigValues): Promise<void> {
    if (this.#isOver || this.#stop.requested) throw this.#wasShutDown();
    if (this.#life === undefined) {
      throw new FerruleError("INVALID_STATE", "the service was not started", { permanent: true });
    }
    await this.#reloads.request(config);
  }

  /** Asks the service to stop, and waits until it has. Legal before the start, during it, and more than once.
   * @throws what {@link run} rejects with, unless the service had ended before */
  async shutdown(): Promise<void> {
    this.#stop.request();
    if (!this.#isOver) await this.run();
  }

  async #live(): Promise<void> {
    const errors: unknown[] = [];
    const { runtime, close } = await openRuntime(this.#options, this.#logger).catch((error: unknown) => {
      this.#end("Closed", error);
      throw error;
    });
    this.#runtime = runtime;
    const release = holdProcess();
    try {
      await this.#watch(runtime);
      await this.#bringUp(await this.#build());
      this.#wasReady = true;
      this.#becameReady();
      for (let next = await this.#next(); next !== undefined; next = await this.#next()) await this.#reload(next);
    } catch (error) {
      if (!(error instanceof StartCancelled)) errors.push(...(error instanceof StartFailed ? error.errors : [error]));
    }
    // As upstream, the state after a reload that failed says how far that came.
    const last = this.#wasReady && errors.length > 0 ? this.#state : "Closed";
    if (errors.length === 0) this.#setState("Closing");
    errors.push(...(await this.#takeDown()));
    for (const undo of this.#undo) undo();
    await close().catch((error: unknown) => errors.push(framed("failed to close the runtime", [error])));
    release();
    if (this.#fatalState === "Starting") errors.unshift(this.#fatal);
    if (this.#fatalState === "Closing") errors.push(this.#fatal);
    const failure = errors.length > 0 ? joined(errors) : undefined;
    this.#end(last, failure);
    if (failure !== undefined) throw failure;
  }

  #next(): Promise<ReloadRequest | undefined> {
    return this.#reloads.next(this.#stop);
  }

  /** Hears of the runtime's end, and of changes in the configuration's sources. */
  async #watch(runtime: RustRuntime | undefined): Promise<void> {
    if (runtime !== undefined) {
      const end = RuntimeEnd.of(runtime);
      await Promise.resolve(); // by now it is known of a runtime that it is over
      if (end.isOver) throw runtimeClosed("the runtime is closed", end.error);
      this.#undo.push(end.onEnd((error) => this.#hearRuntimeEnd(error)));
    }
    const { config } = this.#options;
    if (isSources(config)) this.#undo.push(config.watch((event) => this.#hearChange(event)));
  }

  async #build(given?: ConfigValues): Promise<Assembly> {
    if (this.#stop.requested) throw new StartCancelled();
    const { conf, unexpanded } = await readConfig(given ?? this.#options.config);
    try {
      const config = decodeConfig(conf, this.#runtime, this.#options, this.#logger);
      return await Assembly.build(config, unexpanded, this.#settings());
    } catch (error) {
      // The Collector puts this before what `validate` prints.
      const isInvalid = error instanceof InvalidConfigError && error.stage === "validate";
      throw isInvalid ? error.withFrame("invalid configuration: ") : error;
    }
  }

  /** Starts what was built. What does not come up is shut down again.
   * @throws {StartCancelled} when the stop was requested: that is no failure, and goes the way of every stop */
  async #bringUp(assembly: Assembly): Promise<void> {
    this.#assembly = assembly;
    this.#standing = assembly;
    try {
      await assembly.start(this.#stop);
    } catch (error) {
      if (error instanceof StartCancelled) throw error;
      throw new StartFailed([error, ...(await this.#retire())]);
    }
    this.#setState("Running");
    const ids = [...assembly.extensions.byId.keys()];
    if (ids.length === 0) this.#logger.warn({}, "service::extensions lists nothing: no extension runs");
    this.#logger.info({ extensions: ids.length, pid: process.pid }, "service is ready");
  }

  /** Shuts down what stands. Returns what failed, in the Collector's frames. */
  async #retire(pause?: () => Promise<void>): Promise<ServiceError[]> {
    const assembly = this.#standing;
    this.#standing = undefined;
    this.#isRetiring = true;
    const failures = (await assembly?.shutdown(pause)) ?? [];
    this.#isRetiring = false;
    return failures;
  }

  /** One reload. What fails so that nothing runs any more is thrown, and ends the run. */
  async #reload(request: ReloadRequest): Promise<void> {
    try {
      const built = this.#options.reload === "checked" ? await this.#tryBuild(request) : undefined;
      if (built === "failed") return;
      await this.#restart(request, built);
      request.succeed();
    } catch (error) {
      request.fail(error instanceof StartCancelled ? this.#wasShutDown() : error);
      throw error;
    }
  }

  /** Builds what is new while the old one runs, which goes on if that fails. */
  async #tryBuild(request: ReloadRequest): Promise<Assembly | "failed"> {
    try {
      return await this.#build(request.config);
    } catch (error) {
      if (error instanceof StartCancelled) throw error;
      this.#logger.error({ error: messageOf(error) }, "the new configuration cannot be used: the old one still runs");
      request.fail(error);
      return "failed";
    }
  }

  async #restart(request: ReloadRequest, built: Assembly | undefined): Promise<void> {
    let failure: ServiceError | undefined;
    if (!this.#stop.requested) {
      this.#logger.warn({}, "configuration updated: restarting");
      this.#setState("Closing");
      failure = framed("failed to shutdown the retiring config", await this.#retire());
    }
    if (failure !== undefined || this.#stop.requested) {
      // Each that was created is shut down, also when nothing comes of it.
      await built?.shutdown();
      throw failure ?? new StartCancelled();
    }
    this.#setState("Starting");
    try {
      await this.#bringUp(built ?? (await this.#build(request.config)));
    } catch (error) {
      if (error instanceof StartCancelled) throw error;
      const errors = error instanceof StartFailed ? error.errors : [error];
      throw framed("failed to setup configuration components", errors);
    }
  }

  /** Lets go of the configuration's sources, and of what still stands. Returns what failed. */
  async #takeDown(): Promise<unknown[]> {
    const errors: unknown[] = [];
    const { config, shutdownDelay = 0 } = this.#options;
    if (isSources(config)) {
      await config.shutdown().catch((error: unknown) => {
        errors.push(framed("failed to shutdown config provider", [error]));
      });
    }
    const failures = await this.#retire(async () => {
      // Without a runtime nothing is left that could show it.
      const isOver = this.#runtime !== undefined && RuntimeEnd.of(this.#runtime).isOver;
      if (!this.#wasReady || shutdownDelay === 0 || isOver) return;
      this.#logger.info({ delay_ms: shutdownDelay }, "waiting before extensions are shut down");
      await new Promise((resolve) => setTimeout(resolve, shutdownDelay));
    });
    const failure = framed("failed to shutdown service after error", failures);
    if (this.#abandoned.length > 0) {
      this.#logger.warn({ abandoned: this.#abandoned }, "left behind: these steps did not end in time");
    }
    if (!this.#wasReady) return [...errors, ...failures];
    return failure === undefined ? errors : [...errors, failure];
  }

  #end(state: ServiceState, failure: unknown): void {
    this.#isOver = true;
    this.#setState(state);
    this.#reloads.refuse(failure ?? this.#wasShutDown());
  }

  #setState(state: ServiceState): void {
    if (this.#state === state) return;
    this.#state = state;
    try {
      this.#options.onState?.(state);
    } catch (error) {
      this.#logger.error({ state, error: messageOf(error) }, "state listener failed");
    }
  }

  #settings(): AssemblySettings {
    const { onStatus, startTimeout, startTimeoutTotal, shutdownTimeout, shutdownTimeoutTotal } = this.#options;
    return {
      runtime: this.#runtime,
      logger: this.#logger,
      buildInfo: this.#options.buildInfo ?? ownBuildInfo(),
      startLimits: { each: startTimeout ?? TIMEOUT, total: startTimeoutTotal ?? TIMEOUT_TOTAL },
      shutdownLimits: { each: shutdownTimeout ?? TIMEOUT, total: shutdownTimeoutTotal ?? TIMEOUT_TOTAL },
      listeners: onStatus === undefined ? [] : [onStatus],
      onFatal: (event, step) => this.#hearFatal(event, step),
      onAbandoned: (abandoned) => this.#abandoned.push(abandoned),
    };
  }

  #wasShutDown(): FerruleError {
    const text = this.#wasReady ? "the service was shut down" : "the service was shut down before it was ready";
    return new FerruleError("SHUT_DOWN", text, { permanent: true });
  }

  #hearFatal({ instance, error }: StatusEvent, step: Promise<void> | undefined): void {
    if (this.#fatal !== undefined) return;
    const id = instance.id.toString();
    const why = error === undefined ? "" : `: ${messageOf(error)}`;
    const text = `${instance.kind.toLowerCase()} ${quote(id)} reported a fatal error${why}`;
    this.#setFatal(new ServiceError(text, error === undefined ? [] : [error], id));
    if (step === undefined) this.#stop.request();
    else this.#stop.requestAfter(step, LAST_WORDS);
  }

  /** The runtime is over, and what runs in Rust with it. */
  #hearRuntimeEnd(error: Error | undefined): void {
    // A service that stops does not need it any more, if it ended in order: it has shut down what it had.
    if (this.#fatal !== undefined || (error === undefined && this.#stop.requested)) return;
    const closed = error ?? runtimeClosed("the runtime was closed under the service");
    this.#logger.error({ error: closed.message }, "the service stops: its runtime is over");
    this.#setFatal(closed instanceof FerruleError ? closed : new ServiceError(closed.message, [closed]));
    this.#stop.request();
  }

  /** Something changed where the configuration came from. */
  #hearChange({ error }: ChangeEvent): void {
    if (this.#isOver || this.#stop.requested) return;
    if (error === undefined) {
      this.#reloads.request(undefined);
      return;
    }
    // As upstream: who cannot see changes any more would run with what nobody wants.
    const failure = new ServiceError(`failed to watch the configuration: ${messageOf(error)}`, [error]);
    this.#logger.error({ error: failure.message }, "the service stops: its configuration cannot be watched any more");
    if (this.#fatal === undefined) this.#setFatal(failure);
    this.#stop.request();
  }

  #setFatal(error: FerruleError): void {
    this.#fatal = error;
    this.#fatalState = this.#isRetiring ? "Closing" : this.#state;
  }
}

/** A start that failed, after what had started was shut down again. */
class StartFailed extends Error {
  /** The first one first. */
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    super();
    this.errors = errors;
  }
}

function runtimeClosed(text: string, cause?: Error): FerruleError {
  return new FerruleError("RUNTIME_CLOSED", text, { permanent: true, cause });
}
