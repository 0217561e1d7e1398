/** A configuration without pipelines, for programs that look at it themselves. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { Conf } from "../confmap/conf.ts";
import { resolveCollector } from "./collector-config.ts";
import type { ServiceConfig, Telemetry } from "./service-config.ts";

/** Decodes and checks a configuration as a service without pipelines does. Rust extensions' sections are validated by
 * Rust here; nothing is created.
 * @throws {InvalidConfigError} with every mistake of the stage at which it failed */
export function resolveConfig(conf: Conf, factories: readonly ExtensionFactory[]): ServiceConfig {
  const { extensions = new Map(), service } = resolveCollector(conf, { extensions: factories });
  // Without another default, the section is what ferrule has there.
  const telemetry = service.telemetry as Telemetry;
  return { extensions, service: { extensions: service.extensions ?? [], telemetry } };
}
