/** A service's configuration, decoded: every id known, every section read by its component. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { ComponentId } from "../core/id.ts";

/** Least level of what is logged. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One entry of the section `extensions`. */
export interface ConfiguredExtension {
  readonly id: ComponentId;
  readonly factory: ExtensionFactory;
  /** What the factory's `create` takes. */
  readonly config: unknown;
}

/** The section `service`. */
export interface ServiceSection {
  /** Which of the configured extensions run. */
  readonly extensions: readonly ComponentId[];
  readonly telemetry: { readonly logs: { readonly level?: LogLevel } };
}

/** The whole file. */
export interface ServiceConfig {
  /** By id, in the file's order. */
  readonly extensions: ReadonlyMap<string, ConfiguredExtension>;
  readonly service: ServiceSection;
}
