/** What building the pipelines of a configuration would fail with, as `validate` asks. */
import type { BuildInfo } from "../component/settings.ts";
import type { CollectorConfig } from "../config/service-config.ts";
import { messageOf } from "../core/errors.ts";
import { silentLogger } from "../core/logger.ts";
import { PipelineError } from "./pipeline-error.ts";
import { Pipelines } from "./pipelines.ts";

/** Creates every component that pipelines list, starts none, and forgets them: nobody hears of their statuses.
 * @throws {PipelineError} `failed to build pipelines: <cause>` */
export async function validatePipelines(config: CollectorConfig, buildInfo: BuildInfo): Promise<void> {
  const reporter = { tryReport: () => undefined, okIfStarting: () => undefined };
  try {
    await Pipelines.build(config, { logger: silentLogger, buildInfo, reporter });
  } catch (error) {
    throw new PipelineError(`failed to build pipelines: ${messageOf(error)}`, error);
  }
}
