/** From the graph to its components: each is created with the consumers that it sends to. */
import type { Consumer } from "../component/consumer.ts";
import type { PipelineComponent } from "../component/pipeline-component.ts";
import { messageOf } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import { type Stability, stabilitySentence } from "../core/stability.ts";
import { ComponentConsumer } from "./component-consumer.ts";
import { fanOut } from "./fan-out.ts";
import type { Graph } from "./graph.ts";
import type { ComponentNode, ConnectorNode, ExporterNode, Node, ProcessorNode, ReceiverNode } from "./node.ts";
import { PipelineError } from "./pipeline-error.ts";
import { BranchRouter } from "./router.ts";
import { type PipelinesOptions, settingsOf } from "./settings.ts";

type Consuming = PipelineComponent & Consumer;

/** Creates the components of a graph, one after the other. */
export class Creation {
  readonly components = new Map<ComponentNode, PipelineComponent>();
  readonly #graph: Graph;
  readonly #options: PipelinesOptions;
  readonly #consumers = new Map<Node, Consumer>();

  constructor(graph: Graph, options: PipelinesOptions) {
    this.#graph = graph;
    this.#options = options;
  }

  /** Creates what stands at a node, after everything that it sends to.
   * @throws {PipelineError} naming the component that could not be created, or what a connector's factory threw */
  async create(node: Node): Promise<void> {
    switch (node.kind) {
      case "Receiver":
        this.components.set(node, await this.#createReceiver(node));
        break;
      case "Processor":
        this.#take(node, await this.#createProcessor(node));
        break;
      case "Exporter":
        this.#take(node, await this.#createExporter(node));
        break;
      case "Connector":
        this.#take(node, await this.#createConnector(node));
        break;
      case "FanOut":
        this.#consumers.set(node, fanOut(this.#nexts(node)));
        break;
      case "Capabilities":
        this.#consumers.set(node, this.#entrance(node.pipeline.toString(), this.#nexts(node)[0]!));
        break;
      default:
        node satisfies never;
    }
  }

  async #createReceiver(node: ReceiverNode): Promise<PipelineComponent> {
    const frame = `failed to create ${quote(node.id.toString())} receiver for data type ${quote(node.signal)}`;
    const { factory, config } = configuredOf(node, frame);
    const settings = this.#settings(node, factory.stability[node.signal], frame);
    const next = fanOut(this.#nexts(node));
    return created(node, frame, () => factory.create(settings, config, node.signal, next));
  }

  async #createProcessor(node: ProcessorNode): Promise<Consuming> {
    const frame = `failed to create ${quote(node.id.toString())} processor, in pipeline ${quote(node.pipeline.toString())}`;
    const { factory, config } = configuredOf(node, frame);
    const settings = this.#settings(node, factory.stability[node.signal], frame);
    const next = this.#nexts(node)[0]!;
    return created(node, frame, () => factory.create(settings, config, node.signal, next));
  }

  async #createExporter(node: ExporterNode): Promise<Consuming> {
    const frame = `failed to create ${quote(node.id.toString())} exporter for data type ${quote(node.signal)}`;
    const { factory, config } = configuredOf(node, frame);
    const settings = this.#settings(node, factory.stability[node.signal], frame);
    return created(node, frame, () => factory.create(settings, config, node.signal));
  }

  /** Of a connector that could not be created the Collector says no more than its factory does. */
  async #createConnector(node: ConnectorNode): Promise<Consuming> {
    const { factory, config } = configuredOf(node, undefined);
    const { signal, output } = node;
    const settings = this.#settings(node, factory.stability[`${signal}-to-${output}`], undefined);
    const branches = [...node.next].flatMap((next) =>
      next.kind === "Capabilities" ? [{ pipeline: next.pipeline, consumer: this.#consumers.get(next)! }] : [],
    );
    return created(node, undefined, () => factory.create(settings, config, signal, output, new BranchRouter(branches)));
  }

  #settings(node: ComponentNode, stability: Stability | undefined, frame: string | undefined) {
    if (stability === undefined) throw failed(node, frame, "telemetry type is not supported");
    const settings = settingsOf(node, this.#options);
    const isMature = stability === "Alpha" || stability === "Beta" || stability === "Stable";
    settings.logger[isMature ? "debug" : "info"]({}, stabilitySentence(stability));
    return settings;
  }

  #take(node: ProcessorNode | ExporterNode | ConnectorNode, component: Consuming): void {
    this.components.set(node, component);
    // One that may pass on what it was given changes it if any of those behind it does.
    const passesOn = node.kind === "Connector" && node.signal === node.output;
    const mutatesData = component.mutatesData || (passesOn && this.#nexts(node).some((next) => next.mutatesData));
    this.#consumers.set(node, new ComponentConsumer(node.instance, component, mutatesData));
  }

  #nexts(node: Node): Consumer[] {
    return [...node.next].map((next) => this.#consumers.get(next)!);
  }

  /** A pipeline changes data if any of its processors does, or all that it ends in. */
  #entrance(pipeline: string, next: Consumer): Consumer {
    const { processors, fanOut: end } = this.#graph.pipelines.get(pipeline)!;
    const mutatesData = [...processors, end].some((node) => this.#consumers.get(node)!.mutatesData);
    if (next.mutatesData === mutatesData) return next;
    return { mutatesData, consume: (context, data) => next.consume(context, data) };
  }
}

type ConfiguredOf<Of extends ComponentNode> = NonNullable<Of["configured"]>;

function configuredOf<Of extends ComponentNode>(node: Of, frame: string | undefined): ConfiguredOf<Of> {
  const { configured } = node;
  const what = node.kind.toLowerCase();
  if (configured === undefined) throw failed(node, frame, `${what} ${quote(node.id.toString())} is not configured`);
  if (typeof configured.factory?.create === "function") return configured as ConfiguredOf<Of>;
  throw failed(node, frame, `${what} factory not available for: ${quote(node.id.toString())}`);
}

/** Calls a factory. One in TypeScript may be wrong about what it makes. */
async function created<Made extends PipelineComponent>(
  node: ComponentNode,
  frame: string | undefined,
  create: () => Made | Promise<Made>,
): Promise<Made> {
  let component: Made;
  try {
    component = await create();
  } catch (error) {
    throw failed(node, frame, messageOf(error), error);
  }
  const what = node.kind.toLowerCase();
  const from = `factory for ${quote(node.id.toString())} produced`;
  if (!component) throw failed(node, frame, `${from} a nil ${what}`);
  const needed = node.kind === "Receiver" ? ["start", "shutdown"] : ["start", "shutdown", "consume"];
  const missing = needed.find((name) => typeof (component as unknown as Record<string, unknown>)[name] !== "function");
  if (missing !== undefined) throw failed(node, frame, `${from} a ${what} without ${missing}`);
  return component;
}

function failed(node: ComponentNode, frame: string | undefined, text: string, cause?: unknown): PipelineError {
  return new PipelineError(frame === undefined ? text : `${frame}: ${text}`, cause, node.id);
}
