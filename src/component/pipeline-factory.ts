/** Factories of the components that stand in pipelines: what is known of them without making one, and making one. */
import type { Signal } from "../core/signal.ts";
import type { Stability } from "../core/stability.ts";
import type { Consumer, Router } from "./consumer.ts";
import type { ComponentFactory } from "./factory.ts";
import type { Connector, Exporter, Processor, Receiver } from "./pipeline-component.ts";
import type { Settings } from "./settings.ts";
import type { Status } from "./status.ts";

/** What the `create` of a pipeline's component gets beside the configuration. */
export interface PipelineSettings extends Settings {
  /** Reports how this instance is. A move that its status does not allow is dropped. */
  reportStatus(status: Status, error?: Error): void;
}

/** A factory of receivers, processors or exporters: how far each signal may be trusted. Signals that are absent are not
 * supported. */
export interface SignalFactory<Config = unknown> extends ComponentFactory<Config> {
  readonly stability: Readonly<Partial<Record<Signal, Stability>>>;
}

/** Makes receivers of one type: one for each id and signal, however many pipelines list it. */
export interface ReceiverFactory<Config = unknown> extends SignalFactory<Config> {
  /** Makes a receiver that sends to `next`. It does not start it. */
  create(settings: PipelineSettings, config: Config, signal: Signal, next: Consumer): Receiver | Promise<Receiver>;
}

/** Makes processors of one type: one for each pipeline that lists it. */
export interface ProcessorFactory<Config = unknown> extends SignalFactory<Config> {
  /** Makes a processor that sends to `next`. It does not start it. */
  create(settings: PipelineSettings, config: Config, signal: Signal, next: Consumer): Processor | Promise<Processor>;
}

/** Makes exporters of one type: one for each id and signal, however many pipelines list it. */
export interface ExporterFactory<Config = unknown> extends SignalFactory<Config> {
  /** Makes an exporter. It does not start it. */
  create(settings: PipelineSettings, config: Config, signal: Signal): Exporter | Promise<Exporter>;
}

/** From which signal to which. */
export type Conversion = `${Signal}-to-${Signal}`;

/** A factory of connectors, which end one pipeline and begin another: one for each id and pair of signals. Conversions
 * that are absent, or `Undefined`, are not supported. */
export interface ConnectorFactory<Config = unknown> extends ComponentFactory<Config> {
  readonly stability: Readonly<Partial<Record<Conversion, Stability>>>;
  /** Makes a connector that takes data of the signal `from`, and sends data of the signal `to`. It does not start it. */
  create(
    settings: PipelineSettings,
    config: Config,
    from: Signal,
    to: Signal,
    next: Router,
  ): Connector | Promise<Connector>;
}

/** The sections of a configuration whose components stand in pipelines. */
export const PIPELINE_SECTIONS = ["receivers", "processors", "exporters", "connectors"] as const;

/** One of them. */
export type PipelineSection = (typeof PIPELINE_SECTIONS)[number];

/** What a distribution brings for pipelines. */
export interface PipelineFactories {
  readonly receivers?: readonly ReceiverFactory[];
  readonly processors?: readonly ProcessorFactory[];
  readonly exporters?: readonly ExporterFactory[];
  readonly connectors?: readonly ConnectorFactory[];
}
