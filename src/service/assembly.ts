/**
 * What one configuration makes of a service: its extensions, its pipelines and their statuses. It is started once and
 * shut down once; a reload makes another.
 */
import type { Host } from "../component/host.ts";
import type { BuildInfo } from "../component/settings.ts";
import { isStatus, type StatusEvent } from "../component/status.ts";
import { snapshotOf } from "../config/config-snapshot.ts";
import type { CollectorConfig } from "../config/service-config.ts";
import type { Conf } from "../confmap/conf.ts";
import { FerruleError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { Pipelines } from "../pipeline/pipelines.ts";
import type { RustRuntime, StatusReport } from "../runtime/types.ts";
import { type Abandoned, Budget, type Limits } from "./budget.ts";
import { claimIds, isClaimed } from "./claims.ts";
import { Extensions, StartCancelled } from "./extensions.ts";
import { framed, joined, type ServiceError } from "./service-error.ts";
import { type StatusListener, StatusReporter } from "./status-reporter.ts";
import type { StopRequest } from "./stop-request.ts";

export interface AssemblySettings {
  /** None where there is no library. */
  readonly runtime: RustRuntime | undefined;
  readonly logger: Logger;
  readonly buildInfo: BuildInfo;
  readonly startLimits: Limits;
  readonly shutdownLimits: Limits;
  /** Hear every status, after the extensions that watch. */
  readonly listeners: readonly StatusListener[];
  /** Hears of a fatal status, before everybody else; `step` ends with the step of the start that it fell into. */
  readonly onFatal: (event: StatusEvent, step: Promise<void> | undefined) => void;
  /** Hears of each step that was left behind. */
  readonly onAbandoned: (abandoned: Abandoned) => void;
}

export class Assembly {
  readonly extensions: Extensions;
  readonly #config: CollectorConfig;
  readonly #unexpanded: Conf;
  readonly #settings: AssemblySettings;
  readonly #pipelines: Pipelines;
  readonly #reporter: StatusReporter;
  /** What was asked of a runtime that others may share, to be taken back. */
  readonly #undo: (() => void)[] = [];

  private constructor(
    parts: { config: CollectorConfig; unexpanded: Conf; pipelines: Pipelines; extensions: Extensions },
    settings: AssemblySettings,
    reporter: StatusReporter,
  ) {
    this.#config = parts.config;
    this.#unexpanded = parts.unexpanded;
    this.#pipelines = parts.pipelines;
    this.extensions = parts.extensions;
    this.#settings = settings;
    this.#reporter = reporter;
  }

  /** Creates every component: the pipelines' first, as upstream. Starts nothing.
   * @throws {ServiceError} `failed to build pipelines: ...`, `failed to build extensions: ...` */
  static async build(config: CollectorConfig, unexpanded: Conf, settings: AssemblySettings): Promise<Assembly> {
    const { logger, buildInfo } = settings;
    const listeners = [...settings.listeners];
    let extensions: Extensions | undefined;
    const reporter = new StatusReporter({
      logger,
      listeners,
      onFatal: (event) => settings.onFatal(event, extensions?.underWay(event.instance)),
    });
    const pipelines = await Pipelines.build(config, { logger, buildInfo, reporter }).catch((error: unknown) => {
      throw framed("failed to build pipelines", [error]);
    });
    extensions = await Extensions.build(config, { logger, buildInfo, reporter }).catch((error: unknown) => {
      throw framed("failed to build extensions", [error]);
    });
    // Nothing has a status yet that they could have missed.
    listeners.unshift(...extensions.watchers);
    return new Assembly({ config, unexpanded, pipelines, extensions }, settings, reporter);
  }

  /** Starts the extensions, shows them the configuration, starts the pipelines, and says that all are ready.
   * @throws {StartCancelled} when the stop was requested first
   * @throws {ServiceError} naming what failed. What was started is still to be shut down */
  async start(stop: StopRequest): Promise<void> {
    const { runtime, startLimits, onAbandoned } = this.#settings;
    const budget = new Budget(startLimits, "start", onAbandoned);
    const options = { budget, stop };
    const host = this.#host();
    this.#settings.logger.info({ extensions: host.info.extensions }, "starting extensions");
    try {
      if (runtime !== undefined) {
        this.#undo.push(claimIds(runtime, this.extensions.rustIds));
        this.#undo.push(runtime.onStatus((report) => this.#hear(runtime, report)));
      }
      await this.extensions.start(host, options, this.#reporter);
    } catch (error) {
      throw error instanceof StartCancelled ? error : framed("failed to start extensions", [error]);
    }
    const snapshot = () => snapshotOf(this.#config, this.#unexpanded);
    const refused = await this.extensions.notifyConfig(snapshot, options);
    if (refused.length > 0) throw joined(refused);
    await this.#startPipelines(host, budget, stop);
    await this.extensions.notifyReady(options);
    if (stop.requested) throw new StartCancelled();
  }

  /** Shuts down whatever was created, past every failure. Returns the failures, in the Collector's frames.
   * @param pause is waited for after everybody knows that the end has come */
  async shutdown(pause: () => Promise<void> = async () => undefined): Promise<ServiceError[]> {
    const { logger, shutdownLimits, onAbandoned } = this.#settings;
    logger.info({}, "starting shutdown");
    const budget = new Budget(shutdownLimits, "shutdown", onAbandoned);
    const notReady = await this.extensions.notifyNotReady(budget);
    await budget.outside(pause);
    const pipelines = await this.#shutdownPipelines(budget);
    const shutdown = await this.extensions.shutdown(budget, this.#reporter);
    this.#reporter.close();
    for (const undo of this.#undo) undo();
    logger.info({}, "shutdown complete");
    return [
      framed("failed to notify that pipeline is not ready", notReady),
      framed("failed to shutdown pipelines", pipelines),
      framed("failed to shutdown extensions", shutdown),
    ].filter((failure) => failure !== undefined);
  }

  async #startPipelines(host: Host, budget: Budget, stop: StopRequest): Promise<void> {
    if (stop.requested) throw new StartCancelled();
    try {
      const start = () => this.#pipelines.start(host, { timeout: budget.timeout, stop });
      await budget.runWhole("the pipelines", "start", start);
    } catch (error) {
      if (stop.signal.aborted) throw new StartCancelled();
      throw framed("cannot start pipelines", [error]);
    }
  }

  async #shutdownPipelines(budget: Budget): Promise<unknown[]> {
    let failures: unknown[] = [];
    const shutdown = async (): Promise<void> => {
      failures = await this.#pipelines.shutdown({ timeout: budget.timeout });
    };
    try {
      await budget.runWhole("the pipelines", "shut down", shutdown);
      return failures;
    } catch (error) {
      return [error];
    }
  }

  #host(): Host {
    const { version, command, timestamp = "" } = this.#settings.buildInfo;
    const { byId } = this.extensions;
    const info = {
      buildVersion: version,
      buildCommand: command,
      buildTimestamp: timestamp,
      extensions: [...byId.keys()],
    };
    return { info, getExtensions: () => new Map(byId) };
  }

  /** A status that a Rust extension reported by itself. It may name anything: it comes from outside. */
  #hear(runtime: RustRuntime, { componentId, status, error }: StatusReport): void {
    const instance = this.extensions.instanceOf(componentId);
    if (instance === undefined && isClaimed(runtime, componentId)) return; // another service hears it
    if (instance === undefined || !isStatus(status)) {
      const fields = { component: componentId, status };
      this.#settings.logger.warn(fields, "dropped a status report that names no component or no status");
      return;
    }
    const reported = error === undefined ? undefined : new FerruleError("EXTENSION_ERROR", error, { componentId });
    this.#reporter.reportOf(instance)(status, reported);
  }
}
