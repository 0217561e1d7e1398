/**
 * Every component of one service's pipelines: created and started from the end of each pipeline to its beginning, and
 * stopped the other way.
 */
import { withinDeadline } from "../component/deadline.ts";
import type { Host } from "../component/host.ts";
import type { PipelineComponent } from "../component/pipeline-component.ts";
import { StartCancelled, type StopWish } from "../component/start-cancelled.ts";
import type { CollectorConfig } from "../config/service-config.ts";
import { messageOf } from "../core/errors.ts";
import type { InstanceId } from "../core/instance-id.ts";
import { quote } from "../core/quote.ts";
import { Creation } from "./create.ts";
import { buildGraph } from "./graph.ts";
import { hasComponent, type Node } from "./node.ts";
import { orderNodes, startOrder } from "./order.ts";
import { named, PipelineError } from "./pipeline-error.ts";
import type { PipelinesOptions } from "./settings.ts";

interface Member {
  readonly instance: InstanceId;
  readonly component: PipelineComponent;
}

/** How long one step of one component may take. */
export interface PipelineStepOptions {
  /** Milliseconds. */
  readonly timeout: number;
}

/** The same of a start, which the wish to stop cancels. */
export interface PipelineStartOptions extends PipelineStepOptions {
  readonly stop?: StopWish;
}

export class Pipelines {
  /** In the order of their creation. */
  readonly #members: readonly Member[];
  /** In the order of their start. */
  readonly #starts: readonly Member[];
  readonly #options: PipelinesOptions;

  private constructor(members: readonly Member[], starts: readonly Member[], options: PipelinesOptions) {
    this.#members = members;
    this.#starts = starts;
    this.#options = options;
  }

  /** Creates every component that pipelines list, each after those that it sends to. Nothing is started.
   * @throws {PipelineError} for connectors that connect nothing, for a cycle, and for a component that could not be
   * created */
  static async build(config: CollectorConfig, options: PipelinesOptions): Promise<Pipelines> {
    const graph = buildGraph(config);
    const order = orderNodes(graph.nodes);
    const creation = new Creation(graph, options);
    for (const node of order) await creation.create(node);
    const members = (nodes: readonly Node[]): Member[] =>
      nodes.filter(hasComponent).map((node) => {
        return { instance: node.instance, component: creation.components.get(node)! };
      });
    return new Pipelines(members(order), members(startOrder(graph.nodes)), options);
  }

  /** The component of each instance, in the order of their start. */
  get components(): ReadonlyMap<InstanceId, PipelineComponent> {
    return new Map(this.#starts.map(({ instance, component }) => [instance, component]));
  }

  /** Starts one after the other. The first failure ends it; whoever called it shuts down what there is.
   * @throws {PipelineError} `failed to start "<id>" <kind>: <cause>`
   * @throws {StartCancelled} when the stop was requested first */
  async start(host: Host, { timeout, stop }: PipelineStartOptions): Promise<void> {
    const { reporter, logger } = this.#options;
    for (const { instance, component } of this.#starts) {
      if (stop?.requested) throw new StartCancelled();
      reporter.tryReport(instance, "Starting");
      const { id, kind } = instance;
      const limit = { timeout, kind, componentId: id.toString(), step: "start" };
      const signal = stop === undefined ? {} : { signal: stop.signal };
      try {
        await withinDeadline({ ...limit, ...signal }, (context) => component.start(context, host));
      } catch (error) {
        const fields = { component: id.toString(), kind: kind.toLowerCase() };
        if (stop?.signal.aborted) {
          logger.info({ ...fields, reason: messageOf(error) }, "start cancelled");
          throw new StartCancelled();
        }
        const failure = named(error, id);
        reporter.tryReport(instance, "PermanentError", failure);
        logger.error({ ...fields, error: failure.message }, "failed to start component");
        const text = `failed to start ${quote(id.toString())} ${kind.toLowerCase()}: ${failure.message}`;
        throw new PipelineError(text, failure, id);
      }
      reporter.okIfStarting(instance);
    }
  }

  /**
   * Shuts all down, those included that never started, the last created first, past every failure. Returns the
   * failures, the first one first.
   */
  async shutdown({ timeout }: PipelineStepOptions): Promise<unknown[]> {
    const { reporter } = this.#options;
    const errors: unknown[] = [];
    for (const { instance, component } of this.#members.toReversed()) {
      const { id, kind } = instance;
      reporter.tryReport(instance, "Stopping");
      try {
        const limit = { timeout, kind, componentId: id.toString(), step: "shut down" };
        await withinDeadline(limit, (context) => component.shutdown(context));
        reporter.tryReport(instance, "Stopped");
      } catch (error) {
        const failure = named(error, id);
        reporter.tryReport(instance, "PermanentError", failure);
        errors.push(failure);
      }
    }
    return errors;
  }
}
