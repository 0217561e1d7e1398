/** Where a connector stands, and whether it can connect what it stands between. */
import type { ConnectorFactory } from "../component/pipeline-factory.ts";
import type { Configured } from "../config/service-config.ts";
import type { ComponentId } from "../core/id.ts";
import type { PipelineId } from "../core/pipeline-id.ts";
import { quote } from "../core/quote.ts";
import type { Signal } from "../core/signal.ts";
import { PipelineError } from "./pipeline-error.ts";

/** The pipelines that a connector ends, and those that it begins. */
export interface ConnectorUses {
  readonly id: ComponentId;
  readonly configured: Configured<ConnectorFactory>;
  readonly exporting: PipelineId[];
  readonly receiving: PipelineId[];
}

/** Every pipeline that it ends with every one that it begins, where it can connect the two. */
export function bridgesOf(uses: ConnectorUses): [from: PipelineId, to: PipelineId][] {
  const { exporting, receiving } = uses;
  return exporting.flatMap((from) =>
    receiving.filter((to) => connects(uses, from.signal, to.signal)).map((to): [PipelineId, PipelineId] => [from, to]),
  );
}

/** For each signal on either side there is one on the other that it can be connected with.
 * @throws {PipelineError} naming the first one for which there is none */
export function checkUses(uses: ConnectorUses): void {
  const { exporting, receiving } = uses;
  const lost = exporting.find((from) => !receiving.some((to) => connects(uses, from.signal, to.signal)));
  if (lost !== undefined) throw unused(uses, "exporter", "receiver", exporting, lost.signal);
  const dry = receiving.find((to) => !exporting.some((from) => connects(uses, from.signal, to.signal)));
  if (dry !== undefined) throw unused(uses, "receiver", "exporter", receiving, dry.signal);
}

function connects({ configured: { factory } }: ConnectorUses, from: Signal, to: Signal): boolean {
  return (factory.stability[`${from}-to-${to}`] ?? "Undefined") !== "Undefined";
}

function unused(
  { id }: ConnectorUses,
  side: string,
  other: string,
  pipelines: readonly PipelineId[],
  signal: Signal,
): PipelineError {
  const names = pipelines.filter((pipeline) => pipeline.signal === signal).join(" ");
  const text = `connector ${quote(id.toString())} used as ${side} in [${names}] pipeline`;
  return new PipelineError(`${text} but not used in any supported ${other} pipeline`, undefined, id);
}
