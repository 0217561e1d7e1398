/** Factories of the components that stand in pipelines: what is known of them without making one. */
import type { Signal } from "../core/signal.ts";
import type { Stability } from "../core/stability.ts";
import type { ComponentFactory } from "./factory.ts";

/** A factory of receivers, processors or exporters: how far each signal may be trusted. Signals that are absent are not
 * supported. */
export interface SignalFactory<Config = unknown> extends ComponentFactory<Config> {
  readonly stability: Readonly<Partial<Record<Signal, Stability>>>;
}

/** From which signal to which. */
export type Conversion = `${Signal}-to-${Signal}`;

/** A factory of connectors, which end one pipeline and begin another. */
export interface ConnectorFactory<Config = unknown> extends ComponentFactory<Config> {
  readonly stability: Readonly<Partial<Record<Conversion, Stability>>>;
}

/** The sections of a configuration whose components stand in pipelines. */
export const PIPELINE_SECTIONS = ["receivers", "processors", "exporters", "connectors"] as const;

/** One of them. */
export type PipelineSection = (typeof PIPELINE_SECTIONS)[number];

/** What a distribution brings for pipelines. */
export interface PipelineFactories {
  readonly receivers?: readonly SignalFactory[];
  readonly processors?: readonly SignalFactory[];
  readonly exporters?: readonly SignalFactory[];
  readonly connectors?: readonly ConnectorFactory[];
}
