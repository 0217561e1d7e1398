import type { ComponentId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";

/** A logger that adds a component's id to everything. */
export function componentLogger(logger: Logger, id: ComponentId): Logger {
  const component = id.toString();
  return {
    debug: (fields, message) => logger.debug({ component, ...fields }, message),
    info: (fields, message) => logger.info({ component, ...fields }, message),
    warn: (fields, message) => logger.warn({ component, ...fields }, message),
    error: (fields, message) => logger.error({ component, ...fields }, message),
  };
}
