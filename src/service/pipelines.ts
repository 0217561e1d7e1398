/** What a service does with pipelines, and the pipelines of a service that has none. */
import type { Host } from "../component/host.ts";
import type { BuildInfo } from "../component/settings.ts";
import type { CollectorConfig } from "../config/service-config.ts";
import { FerruleError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Reporter } from "./status-reporter.ts";

/** All components of a service that stand in pipelines. */
export interface Pipelines {
  /** Starts all, those first to which others send. Rejects with the first failure, in the Collector's words.
   * @param options `timeout` in milliseconds for each component; `stop` cancels the start */
  start(host: Host, options: PipelineStart): Promise<void>;
  /** Shuts all down, those first that send to others, past every failure. Returns the failures; never rejects.
   * @param options `timeout` in milliseconds for each component */
  shutdown(options: { readonly timeout: number }): Promise<unknown[]>;
}

export interface PipelineStart {
  readonly timeout: number;
  readonly stop: { readonly requested: boolean; readonly signal: AbortSignal };
}

export interface PipelineSettings {
  readonly logger: Logger;
  readonly buildInfo: BuildInfo;
  readonly reporter: Reporter;
}

/** Creates every component of the pipelines; starts nothing. */
export async function buildPipelines(config: CollectorConfig, _settings: PipelineSettings): Promise<Pipelines> {
  if (!config.service.pipelines?.size) return NO_PIPELINES;
  const text = "this version of ferrule runs extensions only: pipelines can be validated and printed";
  throw new FerruleError("INVALID_STATE", text, { permanent: true });
}

const NO_PIPELINES: Pipelines = {
  start: async () => undefined,
  shutdown: async () => [],
};
