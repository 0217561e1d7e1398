/** A service's configuration, decoded: every id known, every section read by its component. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { ComponentFactory } from "../component/factory.ts";
import type {
  ConnectorFactory,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
} from "../component/pipeline-factory.ts";
import type { ComponentId } from "../core/id.ts";
import type { PipelineId } from "../core/pipeline-id.ts";

/** Least level of what is logged. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One entry of a section of components. */
export interface Configured<Factory extends ComponentFactory> {
  readonly id: ComponentId;
  readonly factory: Factory;
  /** What the factory's `create` takes. */
  readonly config: unknown;
}

/** One entry of the section `extensions`. */
export type ConfiguredExtension = Configured<ExtensionFactory>;

/** The section `service::telemetry`, where the distribution has no other. */
export interface Telemetry {
  readonly logs: { readonly level?: LogLevel };
}

/** The section `service` of a file without pipelines. */
export interface ServiceSection {
  /** Which of the configured extensions run. */
  readonly extensions: readonly ComponentId[];
  readonly telemetry: Telemetry;
}

/** One entry of `service::pipelines`. Lists that nobody wrote are undefined. */
export interface PipelineConfig {
  readonly id: PipelineId;
  readonly receivers: readonly ComponentId[] | undefined;
  readonly processors: readonly ComponentId[] | undefined;
  readonly exporters: readonly ComponentId[] | undefined;
}

/** The whole file. Sections that nobody wrote are undefined. */
export interface CollectorConfig {
  readonly receivers: ReadonlyMap<string, Configured<ReceiverFactory>> | undefined;
  readonly processors: ReadonlyMap<string, Configured<ProcessorFactory>> | undefined;
  readonly exporters: ReadonlyMap<string, Configured<ExporterFactory>> | undefined;
  readonly connectors: ReadonlyMap<string, Configured<ConnectorFactory>> | undefined;
  readonly extensions: ReadonlyMap<string, ConfiguredExtension> | undefined;
  readonly service: {
    readonly telemetry: unknown;
    readonly extensions: readonly ComponentId[] | undefined;
    readonly pipelines: ReadonlyMap<string, PipelineConfig> | undefined;
  };
}

/** What a file says that has no pipelines. */
export interface ServiceConfig {
  /** By id, in the file's order. */
  readonly extensions: ReadonlyMap<string, ConfiguredExtension>;
  readonly service: ServiceSection;
}
