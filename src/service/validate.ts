/** Everything that can be said of a configuration without starting anything. */
import { ownBuildInfo } from "../component/build-info.ts";
import { silentLogger } from "../core/logger.ts";
import { Pipelines } from "../pipeline/pipelines.ts";
import { decodeConfig, openRuntime } from "./assemble.ts";
import { readConfig } from "./config-input.ts";
import { Extensions } from "./extensions.ts";
import type { ServiceOptions } from "./options.ts";
import { framed, joined } from "./service-error.ts";
import { StatusReporter } from "./status-reporter.ts";

/** Asks Rust about every configuration, creates the components, and orders them by their dependencies. Sources are read
 * once, and not shut down.
 * @throws {InvalidConfigError} or {ServiceError} with what a run would fail with */
export async function validateService(options: ServiceOptions): Promise<void> {
  const logger = options.logger ?? silentLogger;
  const { runtime, close } = await openRuntime(options, logger);
  const errors: unknown[] = [];
  const validate = async (): Promise<void> => {
    const { conf } = await readConfig(options.config);
    const config = decodeConfig(conf, runtime, options, logger);
    const reporter = new StatusReporter({ logger, listeners: [] });
    const settings = { logger, buildInfo: options.buildInfo ?? ownBuildInfo(), reporter };
    await Pipelines.build(config, settings).catch((error: unknown) => {
      throw framed("failed to build pipelines", [error]);
    });
    await Extensions.build(config, settings).catch((error: unknown) => {
      throw framed("failed to build extensions", [error]);
    });
  };
  await validate().catch((error: unknown) => errors.push(error));
  await close().catch((error: unknown) => errors.push(framed("failed to close the runtime", [error])));
  if (errors.length > 0) throw joined(errors);
}
