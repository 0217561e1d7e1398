/** Everything that can be said of a configuration without starting anything. */
import { ownBuildInfo } from "../component/build-info.ts";
import { silentLogger } from "../core/logger.ts";
import { assemble, openRuntime } from "./assemble.ts";
import type { ServiceOptions } from "./options.ts";
import { framed, joined } from "./service-error.ts";

/** Asks Rust about every configuration, creates the extensions, and orders them by their dependencies.
 * @throws {InvalidConfigError} or {ServiceError} with what a run would fail with */
export async function validateService(options: ServiceOptions): Promise<void> {
  const logger = options.logger ?? silentLogger;
  const { runtime, close } = await openRuntime(options, logger);
  const errors: unknown[] = [];
  const assembled = assemble(runtime, options, logger, options.buildInfo ?? ownBuildInfo());
  await assembled.catch((error: unknown) => errors.push(error));
  await close().catch((error: unknown) => errors.push(framed("failed to close the runtime", [error])));
  if (errors.length > 0) throw joined(errors);
}
