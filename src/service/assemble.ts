/** From options to created extensions: what running a service and validating its configuration have in common. */
import type { ExtensionFactory } from "../component/extension.ts";
import { RustExtensionFactory } from "../component/rust-factory.ts";
import type { BuildInfo } from "../component/settings.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import type { ServiceConfig } from "../config/service-config.ts";
import { Conf } from "../confmap/conf.ts";
import { formatPlace } from "../confmap/place.ts";
import { FerruleError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import type { RustRuntime } from "../runtime/types.ts";
import { Extensions } from "./extensions.ts";
import type { ServiceOptions } from "./options.ts";
import { framed } from "./service-error.ts";

/** Every factory that a service has: the library's, in order of type, then the TypeScript ones.
 * @throws {FerruleError} `REGISTRY_INVALID` for two of one type */
export function allFactories(runtime: RustRuntime, extra: readonly ExtensionFactory[] = []): ExtensionFactory[] {
  const factories = new Map<string, ExtensionFactory>();
  for (const factory of [...RustExtensionFactory.all(runtime), ...extra]) {
    if (factories.has(factory.type)) {
      const text = `duplicate component factory ${quote(factory.type)}`;
      throw new FerruleError("REGISTRY_INVALID", text, { permanent: true });
    }
    factories.set(factory.type, factory);
  }
  return [...factories.values()];
}

/**
 * Opens what the options name, or takes the runtime that they bring. `close` closes what was opened here, and only
 * that.
 */
export async function openRuntime(
  options: Pick<ServiceOptions, "runtime" | "library" | "runtimeOptions">,
  logger: Logger,
): Promise<{ runtime: RustRuntime; close: () => Promise<void> }> {
  if (options.runtime !== undefined) return { runtime: options.runtime, close: async () => undefined };
  // Loaded here, so that what is given a runtime needs no foreign calls.
  const { open } = await import("../runtime/open.ts");
  const runtime = await open(options.library, { ...options.runtimeOptions, logger });
  return { runtime, close: () => runtime.close() };
}

/** Decodes the configuration and creates the extensions. Rust validates, and starts nothing.
 * @throws {InvalidConfigError} or {ServiceError} `failed to build extensions: ...` */
export async function assemble(
  runtime: RustRuntime,
  options: Pick<ServiceOptions, "config" | "factories">,
  logger: Logger,
  buildInfo: BuildInfo,
): Promise<Extensions> {
  const conf = toConf(options.config);
  const config = resolveConfig(conf, allFactories(runtime, options.factories));
  warnOfRepeated(conf, config, logger);
  try {
    return await Extensions.build(config, logger, buildInfo);
  } catch (error) {
    throw framed("failed to build extensions", [error]);
  }
}

/** An id that is listed twice is no error, as in the Collector, but hardly what was meant. */
function warnOfRepeated(conf: Conf, { service }: ServiceConfig, logger: Logger): void {
  const ids = service.extensions.map(String);
  for (const [index, component] of ids.entries()) {
    if (ids.indexOf(component) === index) continue;
    const found = conf.locate(["service", "extensions", index]);
    const place = found === undefined ? {} : { place: formatPlace(found) };
    logger.warn({ component, ...place }, "service::extensions lists the extension again: it runs once");
  }
}

/** The configuration as `Conf`, whichever way it was given. */
export function toConf(config: ServiceOptions["config"]): Conf {
  return config instanceof Conf ? config : Conf.fromMap(config);
}
