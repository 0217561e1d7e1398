/** In which order components are created and started: each after everything that it sends to. */
import { cycleError } from "./cycle.ts";
import type { Node } from "./node.ts";

/**
 * Orders nodes so that each comes after those that it sends to, and receivers after everything else: a receiver that
 * several pipelines share must not send to one of them before it has started. What that leaves open is the order in
 * which the nodes are given. The reverse is the order of the shutdown.
 * @throws {PipelineError} naming a cycle
 */
export function orderNodes(nodes: readonly Node[]): Node[] {
  const ordered = new Set<Node>();
  const open = new Set<Node>();
  for (const root of [...nodes.filter(({ kind }) => kind !== "Receiver"), ...nodes]) {
    if (ordered.has(root)) continue;
    const path = [enter(root, open)];
    while (path.length > 0) {
      const { node, rest } = path.at(-1)!;
      const { value: next, done } = rest.next();
      if (done) {
        ordered.add(node);
        open.delete(node);
        path.pop();
      } else if (open.has(next)) throw cycleError(nodes);
      else if (!ordered.has(next)) path.push(enter(next, open));
    }
  }
  return [...ordered];
}

function enter(node: Node, open: Set<Node>): { node: Node; rest: Iterator<Node> } {
  open.add(node);
  return { node, rest: node.next.values() };
}
