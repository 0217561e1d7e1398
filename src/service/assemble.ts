/** From options to something that can be started: what running a service and validating its configuration share. */
import type { ExtensionFactory } from "../component/extension.ts";
import { PIPELINE_SECTIONS, type PipelineFactories } from "../component/pipeline-factory.ts";
import { RustExtensionFactory } from "../component/rust-factory.ts";
import { type CollectorFactories, resolveCollector } from "../config/collector-config.ts";
import type { CollectorConfig } from "../config/service-config.ts";
import type { Conf } from "../confmap/conf.ts";
import { formatPlace } from "../confmap/place.ts";
import { FerruleError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import type { RustRuntime } from "../runtime/types.ts";
import type { ServiceOptions } from "./options.ts";

/** Every extension factory that a service has: the library's, in order of type, then the TypeScript ones.
 * @param runtime none where there is no library
 * @throws {FerruleError} `REGISTRY_INVALID` for two of one type */
export function allFactories(
  runtime: RustRuntime | undefined,
  extra: readonly ExtensionFactory[] = [],
): ExtensionFactory[] {
  const factories = new Map<string, ExtensionFactory>();
  const rust = runtime === undefined ? [] : RustExtensionFactory.all(runtime);
  for (const factory of [...rust, ...extra]) {
    if (factories.has(factory.type)) {
      const text = `duplicate component factory ${quote(factory.type)}`;
      throw new FerruleError("REGISTRY_INVALID", text, { permanent: true });
    }
    factories.set(factory.type, factory);
  }
  return [...factories.values()];
}

/** A runtime for a service, or none, and what closes it if it was opened here. */
export interface OpenedRuntime<Runtime = RustRuntime | undefined> {
  readonly runtime: Runtime;
  readonly close: () => Promise<void>;
}

type RuntimeOptions = Pick<ServiceOptions, "runtime" | "library" | "runtimeOptions">;

/**
 * Opens what the options name, or takes the runtime that they bring. `close` closes what was opened here, and only
 * that.
 */
export async function openRuntime(
  options: RuntimeOptions & { readonly library?: string },
  logger: Logger,
): Promise<OpenedRuntime<RustRuntime>>;
export async function openRuntime(options: RuntimeOptions, logger: Logger): Promise<OpenedRuntime>;
export async function openRuntime(options: RuntimeOptions, logger: Logger): Promise<OpenedRuntime> {
  const nothing = async () => undefined;
  if (options.runtime !== undefined) return { runtime: options.runtime, close: nothing };
  if (options.library === false) return { runtime: undefined, close: nothing };
  // Loaded here, so that what is given a runtime needs no foreign calls.
  const { open } = await import("../runtime/open.ts");
  const runtime = await open(options.library, { ...options.runtimeOptions, logger });
  return { runtime, close: () => runtime.close() };
}

/** Decodes a configuration, and checks it. Rust validates its part; nothing is created.
 * @throws {InvalidConfigError} with every mistake of the stage at which it failed */
export function decodeConfig(
  conf: Conf,
  runtime: RustRuntime | undefined,
  options: Pick<ServiceOptions, "factories" | "telemetry"> & PipelineFactories,
  logger: Logger,
): CollectorConfig {
  const config = resolveCollector(conf, collectorFactories(options, allFactories(runtime, options.factories)));
  warnOfRepeated(conf, config, logger);
  return config;
}

/** What may stand in a file, of what a service or a distribution brings. */
export function collectorFactories(
  options: Pick<ServiceOptions, "telemetry"> & PipelineFactories,
  extensions: readonly ExtensionFactory[],
): CollectorFactories {
  const { telemetry } = options;
  const given = PIPELINE_SECTIONS.filter((section) => options[section] !== undefined);
  const pipelines: PipelineFactories = Object.fromEntries(given.map((section) => [section, options[section]]));
  return { ...pipelines, extensions, ...(telemetry === undefined ? {} : { telemetry }) };
}

/** An id that is listed twice is no error, as in the Collector, but hardly what was meant. */
function warnOfRepeated(conf: Conf, { service }: CollectorConfig, logger: Logger): void {
  const ids = service.extensions?.map(String) ?? [];
  for (const [index, component] of ids.entries()) {
    if (ids.indexOf(component) === index) continue;
    const found = conf.locate(["service", "extensions", index]);
    const place = found === undefined ? {} : { place: formatPlace(found) };
    logger.warn({ component, ...place }, "service::extensions lists the extension again: it runs once");
  }
}
