/** The nodes of the graph: a component each, and two for every pipeline that belong to the graph itself. */

import type {
  ConnectorFactory,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
} from "../component/pipeline-factory.ts";
import type { Configured } from "../config/service-config.ts";
import type { ComponentId } from "../core/id.ts";
import { InstanceId } from "../core/instance-id.ts";
import type { PipelineId } from "../core/pipeline-id.ts";
import type { Signal } from "../core/signal.ts";

/** What tells nodes apart, as the Collector names and orders it. */
export type Attributes = Readonly<Record<string, string>>;

interface Common {
  readonly attributes: Attributes;
  /** Where data goes from here, in the order of the configuration. */
  readonly next: Set<Node>;
}

interface OfComponent<Factory extends ReceiverFactory | ProcessorFactory | ExporterFactory | ConnectorFactory>
  extends Common {
  readonly id: ComponentId;
  /** What it consumes, and a receiver sends. */
  readonly signal: Signal;
  /** Undefined for an id that is not configured. */
  readonly configured: Configured<Factory> | undefined;
  /** Grows while the nodes are made: of receivers and exporters, pipelines of one signal share one. */
  instance: InstanceId;
}

export interface ReceiverNode extends OfComponent<ReceiverFactory> {
  readonly kind: "Receiver";
}

export interface ProcessorNode extends OfComponent<ProcessorFactory> {
  readonly kind: "Processor";
  readonly pipeline: PipelineId;
}

export interface ExporterNode extends OfComponent<ExporterFactory> {
  readonly kind: "Exporter";
}

export interface ConnectorNode extends OfComponent<ConnectorFactory> {
  readonly kind: "Connector";
  /** What it sends. */
  readonly output: Signal;
}

/** Where a pipeline begins: it says whether anything in the pipeline changes data. */
export interface CapabilitiesNode extends Common {
  readonly kind: "Capabilities";
  readonly pipeline: PipelineId;
}

/** Where a pipeline ends: it passes data to each exporter. */
export interface FanOutNode extends Common {
  readonly kind: "FanOut";
  readonly pipeline: PipelineId;
}

/** A node with a component of its own. */
export type ComponentNode = ReceiverNode | ProcessorNode | ExporterNode | ConnectorNode;
export type Node = ComponentNode | CapabilitiesNode | FanOutNode;

export function receiverNode(
  id: ComponentId,
  pipeline: PipelineId,
  configured: ReceiverNode["configured"],
): ReceiverNode {
  const { signal } = pipeline;
  const attributes = attributesOf("receiver", { signal, id });
  return {
    kind: "Receiver",
    attributes,
    next: new Set(),
    id,
    signal,
    configured,
    instance: new InstanceId(id, "Receiver"),
  };
}

export function exporterNode(
  id: ComponentId,
  pipeline: PipelineId,
  configured: ExporterNode["configured"],
): ExporterNode {
  const { signal } = pipeline;
  const attributes = attributesOf("exporter", { signal, id });
  return {
    kind: "Exporter",
    attributes,
    next: new Set(),
    id,
    signal,
    configured,
    instance: new InstanceId(id, "Exporter"),
  };
}

export function processorNode(
  id: ComponentId,
  pipeline: PipelineId,
  configured: ProcessorNode["configured"],
): ProcessorNode {
  const { signal } = pipeline;
  const attributes = attributesOf("processor", { signal, pipeline, id });
  const instance = new InstanceId(id, "Processor", [pipeline]);
  return { kind: "Processor", attributes, next: new Set(), id, signal, pipeline, configured, instance };
}

export function connectorNode(
  id: ComponentId,
  signal: Signal,
  output: Signal,
  configured: ConnectorNode["configured"],
): ConnectorNode {
  const attributes = attributesOf("connector", { signal, output, id });
  const instance = new InstanceId(id, "Connector");
  return { kind: "Connector", attributes, next: new Set(), id, signal, output, configured, instance };
}

export function capabilitiesNode(pipeline: PipelineId): CapabilitiesNode {
  return { kind: "Capabilities", attributes: attributesOf("capabilities", { pipeline }), next: new Set(), pipeline };
}

export function fanOutNode(pipeline: PipelineId): FanOutNode {
  return { kind: "FanOut", attributes: attributesOf("fanout", { pipeline }), next: new Set(), pipeline };
}

/** Whether a node has a component of its own. */
export function hasComponent(node: Node): node is ComponentNode {
  return node.kind !== "Capabilities" && node.kind !== "FanOut";
}

/** Equal for nodes of the same attributes. */
export function keyOf(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([key, value]) => `(${key}|${value})`)
    .join("");
}

interface Parts {
  readonly signal?: Signal;
  readonly output?: Signal;
  readonly pipeline?: PipelineId;
  readonly id?: ComponentId;
}

/** In the Collector's order: the order counts where nodes are compared. */
function attributesOf(kind: string, { signal, output, pipeline, id }: Parts): Attributes {
  const attributes = {
    "otelcol.component.kind": kind,
    "otelcol.signal": signal,
    "otelcol.signal.output": output,
    "otelcol.pipeline.id": pipeline?.toString(),
    "otelcol.component.id": id?.toString(),
  };
  const present = Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(present);
}
