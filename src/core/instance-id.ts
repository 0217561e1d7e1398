/** One running component: one configured id may run several times, in several pipelines. */
import type { ComponentId } from "./id.ts";
import type { PipelineId } from "./pipeline-id.ts";

/** What a component is in a service. */
export type ComponentKind = "Receiver" | "Processor" | "Exporter" | "Extension" | "Connector";

/** A running component, for those who watch statuses. */
export class InstanceId {
  readonly id: ComponentId;
  readonly kind: ComponentKind;
  /** In order of their text, each once. */
  readonly pipelines: readonly PipelineId[];

  /** @param pipelines in any order, and any number of times */
  constructor(id: ComponentId, kind: ComponentKind, pipelines: Iterable<PipelineId> = []) {
    this.id = id;
    this.kind = kind;
    const byText = new Map([...pipelines].map((pipeline) => [pipeline.toString(), pipeline]));
    // By bytes, as the Collector sorts: UTF-16 puts what lies beyond 0xffff before 0xe000.
    const texts = [...byText.keys()].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    this.pipelines = texts.map((text) => byText.get(text)!);
  }

  /** The same component with further pipelines. */
  withPipelines(...more: readonly PipelineId[]): InstanceId {
    return new InstanceId(this.id, this.kind, [...this.pipelines, ...more]);
  }

  equals(other: InstanceId): boolean {
    return this.toString() === other.toString();
  }

  /** Equal for equal instances, so that it serves as a key. */
  toString(): string {
    return [this.kind, this.id, ...this.pipelines].join(" ");
  }
}
