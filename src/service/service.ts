/**
 * A service: it opens a library, creates and starts extensions, runs until it is told to stop, and stops them in
 * reverse.
 *
 *     Starting --ready--> Running --shutdown, fatal--> Closing --> Closed
 *        |                                               ^
 *        +------------- failed, shutdown, fatal ---------+
 */
import { ownBuildInfo } from "../component/build-info.ts";
import type { Extension } from "../component/extension.ts";
import type { Host } from "../component/host.ts";
import { RuntimeEnd } from "../component/runtime-end.ts";
import { isStatus, type StatusEvent } from "../component/status.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import { FerruleError } from "../core/errors.ts";
import { guardedLogger, type Logger, silentLogger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import type { RustRuntime, StatusReport } from "../runtime/types.ts";
import { assemble, openRuntime } from "./assemble.ts";
import { claimIds, isClaimed } from "./claims.ts";
import { type Extensions, StartCancelled } from "./extensions.ts";
import { checkOptions, type ServiceOptions } from "./options.ts";
import { holdProcess } from "./process-hold.ts";
import { framed, joined, ServiceError } from "./service-error.ts";
import { StatusReporter } from "./status-reporter.ts";
import { StopRequest } from "./stop-request.ts";

/** Where a service is in its life, which it lives once. */
export type ServiceState = "Starting" | "Running" | "Closing" | "Closed";

const TIMEOUT = 30_000;
/** Milliseconds in which a component that reported a fatal error may say more, by refusing the step that it is in. */
const LAST_WORDS = 1_000;

/** Runs extensions. Several services may run in one process; each is run once. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #logger: Logger;
  readonly #reporter: StatusReporter;
  readonly #stop = new StopRequest();
  #state: ServiceState = "Starting";
  /** What the service asked of a runtime that others may share, to be taken back. */
  readonly #undo: (() => void)[] = [];
  #life: Promise<void> | undefined;
  #extensions: Extensions | undefined;
  #fatal: FerruleError | undefined;
  /** When it came. While everything runs, upstream's run ends without an error. */
  #fatalState: ServiceState | undefined;
  #wasReady = false;
  #becameReady: () => void = () => undefined;
  readonly #ready = new Promise<void>((resolve) => {
    this.#becameReady = resolve;
  });

  constructor(options: ServiceOptions) {
    this.#options = options;
    checkOptions(options);
    this.#logger = guardedLogger(options.logger ?? silentLogger);
    const listeners = options.onStatus === undefined ? [] : [options.onStatus];
    this.#reporter = new StatusReporter(this.#logger, [(event) => this.#watchForFatal(event), ...listeners]);
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** The first fatal error: one that a component reported, or the end of the runtime under the service. */
  get fatalError(): FerruleError | undefined {
    return this.#fatal;
  }

  /** The extensions by id, in the order of their start; empty until they were created. */
  get extensions(): ReadonlyMap<string, Extension> {
    return this.#extensions?.byId ?? new Map();
  }

  /**
   * Starts the extensions, runs until {@link shutdown} is called, a component reports a fatal error, or the runtime
   * ends, and stops them.
   * @throws {InvalidConfigError} when the configuration cannot be used; nothing was started
   * @throws {ServiceError} `failed to start extensions: <cause>`, `failed to shutdown service after error: <cause>`;
   * everything was stopped
   * @throws {FerruleError} `RUNTIME_CLOSED` when the runtime that it was given is over; nothing was started
   */
  async run(): Promise<void> {
    if (this.#life === undefined && this.#stop.requested) {
      this.#state = "Closed";
      return;
    }
    this.#life ??= this.#live();
    await this.#life;
  }

  /** Starts the extensions, and resolves when all are ready. Whoever starts a service so ends it by {@link shutdown}.
   * @throws what {@link run} would reject with, or `SHUT_DOWN` when a shutdown came first */
  async start(): Promise<void> {
    if (this.#stop.requested) throw this.#wasShutDown();
    const ended = this.run().then(() => {
      if (this.#fatal !== undefined) throw this.#fatal;
      throw this.#wasShutDown();
    });
    await Promise.race([this.#ready, ended]);
  }

  /** Asks the service to stop, and waits until it has. Legal before the start, during it, and more than once.
   * @throws what {@link run} rejects with, unless the service had ended before */
  async shutdown(): Promise<void> {
    this.#stop.request();
    if (this.#state !== "Closed") await this.run();
  }

  async #live(): Promise<void> {
    const errors: unknown[] = [];
    const { runtime, close } = await openRuntime(this.#options, this.#logger).catch((error: unknown) => {
      this.#state = "Closed";
      throw error;
    });
    const release = holdProcess();
    const end = RuntimeEnd.of(runtime);
    let ready = false;
    try {
      await Promise.resolve(); // by now it is known of a runtime that it is over
      if (end.isOver) throw runtimeClosed("the runtime is closed", end.error);
      this.#undo.push(end.onEnd((error) => this.#watchRuntime(error)));
      await this.#bringUp(runtime);
      ready = true;
      await this.#stop.wait();
    } catch (error) {
      if (!(error instanceof StartCancelled)) errors.push(error);
    }
    this.#state = "Closing";
    errors.push(...(await this.#takeDown(ready, end.isOver)));
    for (const undo of this.#undo) undo();
    await close().catch((error: unknown) => errors.push(framed("failed to close the runtime", [error])));
    release();
    this.#state = "Closed";
    if (this.#fatalState === "Starting") errors.unshift(this.#fatal);
    if (this.#fatalState === "Closing") errors.push(this.#fatal);
    if (errors.length > 0) throw joined(errors);
  }

  async #bringUp(runtime: RustRuntime): Promise<void> {
    const buildInfo = this.#options.buildInfo ?? ownBuildInfo();
    this.#throwIfStopped();
    const extensions = await assemble(runtime, this.#options, this.#logger, buildInfo).catch((error: unknown) => {
      // The Collector puts this before what `validate` prints.
      if (error instanceof InvalidConfigError && error.stage === "validate")
        throw error.withFrame("invalid configuration: ");
      throw error;
    });
    this.#extensions = extensions;
    const { version, command, timestamp = "" } = buildInfo;
    const ids = [...extensions.byId.keys()];
    const info = { buildVersion: version, buildCommand: command, buildTimestamp: timestamp, extensions: ids };
    const host: Host = { info, getExtensions: () => extensions.byId };
    const step = { timeout: this.#options.startTimeout ?? TIMEOUT, stop: this.#stop };
    this.#logger.info({ extensions: ids }, "starting extensions");
    try {
      this.#undo.push(claimIds(runtime, extensions.rustIds));
      this.#undo.push(runtime.onStatus((report) => this.#hear(runtime, report)));
      await extensions.start(host, step, this.#reporter);
    } catch (error) {
      throw error instanceof StartCancelled ? error : framed("failed to start extensions", [error]);
    }
    await extensions.notifyReady(step);
    this.#throwIfStopped();
    this.#state = "Running";
    if (ids.length === 0) this.#logger.warn({}, "service::extensions lists nothing: nothing runs");
    this.#logger.info({ extensions: ids.length, pid: process.pid }, "service is ready");
    this.#wasReady = true;
    this.#becameReady();
  }

  /** Stops whatever was created; returns what failed, in the Collector's frames. */
  async #takeDown(wasReady: boolean, runtimeIsOver: boolean): Promise<unknown[]> {
    const extensions = this.#extensions;
    if (extensions === undefined) return [];
    const step = { timeout: this.#options.shutdownTimeout ?? TIMEOUT };
    this.#logger.info({}, "starting shutdown");
    const notReady = await extensions.notifyNotReady(step);
    const delay = this.#options.shutdownDelay ?? 0;
    // Without a runtime nothing is left that could show it.
    if (wasReady && delay > 0 && !runtimeIsOver) {
      this.#logger.info({ delay_ms: delay }, "waiting before extensions are shut down");
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
    const shutdown = await extensions.shutdown(step, this.#reporter);
    this.#logger.info({}, "shutdown complete");
    const failures = [
      framed("failed to notify that pipeline is not ready", notReady),
      framed("failed to shutdown extensions", shutdown),
    ].filter((failure) => failure !== undefined);
    if (!wasReady) return failures;
    const failure = framed("failed to shutdown service after error", failures);
    return failure === undefined ? [] : [failure];
  }

  #wasShutDown(): FerruleError {
    const text = this.#wasReady ? "the service was shut down" : "the service was shut down before it was ready";
    return new FerruleError("SHUT_DOWN", text, { permanent: true });
  }

  #throwIfStopped(): void {
    if (this.#stop.requested) throw new StartCancelled();
  }

  /** A status that a Rust extension reported by itself. It may name anything: it comes from outside. */
  #hear(runtime: RustRuntime, { componentId, status, error }: StatusReport): void {
    const id = this.#extensions?.idOf(componentId);
    if (id === undefined && isClaimed(runtime, componentId)) return; // another service hears it
    if (id === undefined || !isStatus(status)) {
      this.#logger.warn(
        { component: componentId, status },
        "dropped a status report that names no component or no status",
      );
      return;
    }
    const reported = error === undefined ? undefined : new FerruleError("EXTENSION_ERROR", error, { componentId });
    this.#reporter.tryReport(id, status, reported);
  }

  #watchForFatal({ id, status, error }: StatusEvent): void {
    if (status !== "FatalError" || this.#fatal !== undefined) return;
    const reported = new ServiceError(`extension ${quote(id.toString())} reported a fatal error`, [], id.toString());
    this.#setFatal(error instanceof FerruleError ? error : reported);
    const step = this.#extensions?.underWay(id);
    if (step === undefined) this.#stop.request();
    else this.#stop.requestAfter(step, LAST_WORDS);
  }

  /** The runtime is over, and what runs in Rust with it. */
  #watchRuntime(error: Error | undefined): void {
    // A service that stops does not need it any more, if it ended in order: it has shut down what it had.
    if (this.#fatal !== undefined || (error === undefined && this.#stop.requested)) return;
    const closed = error ?? runtimeClosed("the runtime was closed under the service");
    this.#logger.error({ error: closed.message }, "the service stops: its runtime is over");
    this.#setFatal(closed instanceof FerruleError ? closed : new ServiceError(closed.message, [closed]));
    this.#stop.request();
  }

  #setFatal(error: FerruleError): void {
    this.#fatal = error;
    this.#fatalState = this.#state;
  }
}

function runtimeClosed(text: string, cause?: Error): FerruleError {
  return new FerruleError("RUNTIME_CLOSED", text, { permanent: true, cause });
}
