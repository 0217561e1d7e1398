/**
 * From pipelines as they are configured to the graph of their instances. Nothing is created here.
 *
 *     receiver --+                                                  +--> exporter
 *                +--> capabilities --> processor --> ... --> fan-out --> exporter
 *     connector -+                                                  +--> connector --> another pipeline's capabilities
 */
import type { CollectorConfig, PipelineConfig } from "../config/service-config.ts";
import type { ComponentId } from "../core/id.ts";
import type { PipelineId } from "../core/pipeline-id.ts";
import type { Signal } from "../core/signal.ts";
import { bridgesOf, type ConnectorUses, checkUses } from "./connector-uses.ts";
import {
  type CapabilitiesNode,
  type ConnectorNode,
  capabilitiesNode,
  connectorNode,
  type ExporterNode,
  exporterNode,
  type FanOutNode,
  fanOutNode,
  keyOf,
  type Node,
  type ProcessorNode,
  processorNode,
  type ReceiverNode,
  receiverNode,
} from "./node.ts";

/** The nodes of one pipeline. */
export interface PipelineNodes {
  readonly receivers: Set<ReceiverNode | ConnectorNode>;
  readonly capabilities: CapabilitiesNode;
  readonly processors: ProcessorNode[];
  readonly fanOut: FanOutNode;
  readonly exporters: Set<ExporterNode | ConnectorNode>;
}

/** Every instance of a service's pipelines, and which sends to which. */
export class Graph {
  /** In the order of the configuration, connectors last. */
  readonly nodes: readonly Node[];
  /** By the id of the pipeline. */
  readonly pipelines: ReadonlyMap<string, PipelineNodes>;

  constructor(nodes: readonly Node[], pipelines: ReadonlyMap<string, PipelineNodes>) {
    this.nodes = nodes;
    this.pipelines = pipelines;
  }
}

/** Makes the graph. It may have cycles.
 * @throws {PipelineError} for connectors that only end pipelines, or only begin some */
export function buildGraph(config: CollectorConfig): Graph {
  const builder = new GraphBuilder(config);
  for (const pipeline of config.service.pipelines?.values() ?? []) builder.addPipeline(pipeline);
  builder.addConnectors();
  return builder.finish();
}

class GraphBuilder {
  readonly #config: CollectorConfig;
  readonly #nodes = new Map<string, Node>();
  readonly #pipelines = new Map<string, PipelineNodes>();
  /** By id, in the order in which pipelines name them. */
  readonly #uses = new Map<string, ConnectorUses>();

  constructor(config: CollectorConfig) {
    this.#config = config;
  }

  addPipeline({ id, receivers = [], processors = [], exporters = [] }: PipelineConfig): void {
    const nodes: PipelineNodes = {
      receivers: new Set(),
      capabilities: this.#add(capabilitiesNode(id)),
      processors: [],
      fanOut: this.#add(fanOutNode(id)),
      exporters: new Set(),
    };
    this.#pipelines.set(id.toString(), nodes);
    for (const component of receivers) {
      if (this.#noteUse(component, id, "receiving")) continue;
      const configured = this.#config.receivers?.get(component.toString());
      const node = this.#add(receiverNode(component, id, configured));
      node.instance = node.instance.withPipelines(id);
      nodes.receivers.add(node);
    }
    for (const component of processors) {
      const configured = this.#config.processors?.get(component.toString());
      nodes.processors.push(this.#add(processorNode(component, id, configured)));
    }
    for (const component of exporters) {
      if (this.#noteUse(component, id, "exporting")) continue;
      const configured = this.#config.exporters?.get(component.toString());
      const node = this.#add(exporterNode(component, id, configured));
      node.instance = node.instance.withPipelines(id);
      nodes.exporters.add(node);
    }
  }

  addConnectors(): void {
    for (const uses of this.#uses.values()) {
      checkUses(uses);
      for (const [from, to] of bridgesOf(uses)) {
        const node = this.#addConnector(uses, from.signal, to.signal);
        node.instance = node.instance.withPipelines(from, to);
        this.#pipelines.get(from.toString())!.exporters.add(node);
        this.#pipelines.get(to.toString())!.receivers.add(node);
      }
    }
  }

  /** Draws the edges. */
  finish(): Graph {
    for (const { receivers, capabilities, processors, fanOut, exporters } of this.#pipelines.values()) {
      for (const receiver of receivers) receiver.next.add(capabilities);
      let from: Node = capabilities;
      for (const to of [...processors, fanOut]) {
        from.next.add(to);
        from = to;
      }
      for (const exporter of exporters) fanOut.next.add(exporter);
    }
    return new Graph([...this.#nodes.values()], this.#pipelines);
  }

  /** The node, or the one that is there already for the same instance. */
  #add<Added extends Node>(node: Added): Added {
    const key = keyOf(node.attributes);
    const known = this.#nodes.get(key);
    // The attributes begin with the kind: those of one key are of one kind.
    if (known !== undefined) return known as Added;
    this.#nodes.set(key, node);
    return node;
  }

  #addConnector({ id, configured }: ConnectorUses, from: Signal, to: Signal): ConnectorNode {
    return this.#add(connectorNode(id, from, to, configured));
  }

  /** False for what is no connector. */
  #noteUse(id: ComponentId, pipeline: PipelineId, side: "exporting" | "receiving"): boolean {
    const configured = this.#config.connectors?.get(id.toString());
    if (configured === undefined) return false;
    const uses = this.#uses.get(id.toString()) ?? { id, configured, exporting: [], receiving: [] };
    this.#uses.set(id.toString(), uses);
    uses[side].push(pipeline);
    return true;
  }
}
