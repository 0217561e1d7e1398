/**
 * A service: it opens a library, builds and starts what a configuration says, runs until it is told to stop, and stops
 * it in reverse. A reload stops, builds and starts again. `docs/service.md` draws the states.
 */
import { ownBuildInfo } from "../component/build-info.ts";
import type { Extension } from "../component/extension.ts";
import { RuntimeEnd } from "../component/runtime-end.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import type { ChangeEvent } from "../confmap/provider.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import { guardedLogger, type Logger, silentLogger } from "../core/logger.ts";
import type { RustRuntime } from "../runtime/types.ts";
import { decodeConfig, openRuntime } from "./assemble.ts";
import { Assembly, type AssemblySettings } from "./assembly.ts";
import type { Abandoned } from "./budget.ts";
import { type ConfigValues, isSources, readConfig } from "./config-input.ts";
import { StartCancelled } from "./extensions.ts";
import { FatalErrors, runtimeClosed } from "./fatal-errors.ts";
import { checkOptions, limitsOf, type ServiceOptions, type ServiceState, stateTeller } from "./options.ts";
import { pause } from "./pause.ts";
import { holdProcess } from "./process-hold.ts";
import { type ReloadRequest, ReloadRequests } from "./reload-requests.ts";
import { framed, joined, type ServiceError, StartFailed } from "./service-error.ts";
import { StopRequest } from "./stop-request.ts";

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
  readonly #fatal: FatalErrors;
  readonly #tellState: (state: ServiceState) => void;
  #wasReady = false;
  #becameReady: () => void = () => undefined;
  readonly #ready = new Promise<void>((resolve) => {
    this.#becameReady = resolve;
  });

  constructor(options: ServiceOptions) {
    checkOptions(options);
    this.#options = options;
    this.#logger = guardedLogger(options.logger ?? silentLogger);
    const state = () => (this.#isRetiring ? "Closing" : this.#state);
    this.#tellState = stateTeller(options, this.#logger);
    this.#fatal = new FatalErrors(this.#stop, this.#logger, state);
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** The first fatal error: one that a component reported, the end of the runtime under the service, or sources that
   * cannot be watched any more. */
  get fatalError(): FerruleError | undefined {
    return this.#fatal.first;
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
      throw this.#fatal.first ?? this.#wasShutDown();
    });
    await (this.#isOver ? ended : Promise.race([this.#ready, ended]));
  }

  /**
   * Reads the configuration anew, or takes the one that is given, and runs with it. Resolves when it does. While the
   * service starts, or reloads, it waits its turn; what waits is one reload, with the last configuration given.
   * @throws what {@link run} rejects with, since a reload that fails ends the run; with `reload: "checked"` also what
   * is wrong with the configuration, and then the old one still runs
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
      for await (const request of this.#reloads.until(this.#stop)) await this.#reload(request);
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
    const all = this.#fatal.among(errors);
    const failure = all.length > 0 ? joined(all) : undefined;
    this.#end(last, failure);
    if (failure !== undefined) throw failure;
  }

  /** Hears of the runtime's end, and of changes in the configuration's sources. */
  async #watch(runtime: RustRuntime | undefined): Promise<void> {
    if (runtime !== undefined) {
      const end = RuntimeEnd.of(runtime);
      await Promise.resolve(); // by now it is known of a runtime that it is over
      if (end.isOver) throw runtimeClosed("the runtime is closed", end.error);
      this.#undo.push(end.onEnd((error) => this.#fatal.hearRuntimeEnd(error)));
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
      if (this.#wasReady && !isOver) await pause(shutdownDelay, this.#logger);
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
    this.#tellState(state);
  }

  #settings(): AssemblySettings {
    return {
      runtime: this.#runtime,
      logger: this.#logger,
      buildInfo: this.#options.buildInfo ?? ownBuildInfo(),
      ...limitsOf(this.#options),
      listeners: this.#options.onStatus === undefined ? [] : [this.#options.onStatus],
      onFatal: (event, step) => this.#fatal.hearStatus(event, step),
      onAbandoned: (abandoned) => this.#abandoned.push(abandoned),
    };
  }

  #wasShutDown(): FerruleError {
    const text = this.#wasReady ? "the service was shut down" : "the service was shut down before it was ready";
    return new FerruleError("SHUT_DOWN", text, { permanent: true });
  }

  /** Something changed where the configuration came from. */
  #hearChange({ error }: ChangeEvent): void {
    if (this.#isOver || this.#stop.requested) return;
    if (error === undefined) this.#reloads.request(undefined);
    else this.#fatal.hearLostSources(error);
  }
}
