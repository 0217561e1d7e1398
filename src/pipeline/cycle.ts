/** A cycle among pipelines, as the Collector tells of it. */
import { quote } from "../core/quote.ts";
import type { Node } from "./node.ts";
import { PipelineError } from "./pipeline-error.ts";
import { rankOf } from "./rank.ts";

/**
 * What to throw for a graph that has a cycle. Of several cycles the Collector tells one, and it begins with a certain
 * connector: it looks for them in the order of a hash of each node, from which the same text follows here.
 */
export function cycleError(nodes: readonly Node[]): PipelineError {
  const loop = turned(firstCycle(nodes));
  const parts = [...loop, loop[0]!].flatMap((node) => describe(node) ?? []);
  return new PipelineError(`cycle detected: ${parts.join(" -> ")}`);
}

function firstCycle(nodes: readonly Node[]): Node[] {
  const ranked = nodes
    .map((node) => ({ node, rank: rankOf(node) }))
    .sort((left, right) => (left.rank < right.rank ? -1 : 1));
  for (const { node } of ranked) {
    const path = pathBack(node);
    if (path !== undefined) return path;
  }
  throw new RangeError("the graph has no cycle");
}

/** From a node over others back to it, without it at the end. */
function pathBack(start: Node): Node[] | undefined {
  const seen = new Set<Node>();
  const path = [{ node: start, rest: start.next.values() }];
  while (path.length > 0) {
    const { value: node, done } = path.at(-1)!.rest.next();
    if (done) path.pop();
    else if (node === start) return path.map((step) => step.node);
    else if (!seen.has(node)) {
      seen.add(node);
      path.push({ node, rest: node.next.values() });
    }
  }
  return undefined;
}

/** A cycle always has a connector: told from there. */
function turned(loop: readonly Node[]): readonly Node[] {
  const first = loop.findIndex((node) => node.kind === "Connector");
  return [...loop.slice(first), ...loop.slice(0, first)];
}

function describe(node: Node): string | undefined {
  if (node.kind === "Processor") {
    return `processor ${quote(node.id.toString())} in pipeline ${quote(node.pipeline.toString())}`;
  }
  if (node.kind !== "Connector") return undefined;
  return `connector ${quote(node.id.toString())} (${node.signal} to ${node.output})`;
}
