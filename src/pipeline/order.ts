/** In which order components are created, and in which they are started: each after everything that it sends to. */
import { cycleError } from "./cycle.ts";
import type { Node } from "./node.ts";
import { rankOf } from "./rank.ts";

/**
 * Orders nodes so that each comes after those that it sends to, and receivers after everything else. What that leaves
 * open is the order in which the nodes are given. The reverse is the order of the shutdown.
 * @throws {PipelineError} naming a cycle
 */
export function orderNodes(nodes: readonly Node[]): Node[] {
  return ordered(nodes, (some) => [...some]);
}

/**
 * The same for the start, where receivers have to be last: one that several pipelines share must not send to one of
 * them before that has started. What is left open goes by the rank of each node, the highest first: so a start that
 * fails has started the same components as in the Collector.
 */
export function startOrder(nodes: readonly Node[]): Node[] {
  const ranks = new Map(nodes.map((node) => [node, rankOf(node)]));
  return ordered(nodes, (some) => [...some].sort((a, b) => (ranks.get(a)! < ranks.get(b)! ? 1 : -1)));
}

/** @param sorted puts nodes between which nothing else decides in their order */
function ordered(nodes: readonly Node[], sorted: (some: Iterable<Node>) => Node[]): Node[] {
  const done = new Set<Node>();
  const open = new Set<Node>();
  const enter = (node: Node) => {
    open.add(node);
    return { node, rest: sorted(node.next).values() };
  };
  const roots = sorted(nodes);
  for (const root of [...roots.filter(({ kind }) => kind !== "Receiver"), ...roots]) {
    if (done.has(root)) continue;
    const path = [enter(root)];
    while (path.length > 0) {
      const { node, rest } = path.at(-1)!;
      const next = rest.next();
      if (next.done) {
        done.add(node);
        open.delete(node);
        path.pop();
      } else if (open.has(next.value)) throw cycleError(nodes);
      else if (!done.has(next.value)) path.push(enter(next.value));
    }
  }
  return [...done];
}
