/** How Go names and prints the values of a configuration: the Collector's texts are full of it. */
import { bare, type ConfNode, type ExpandedNode } from "./node.ts";
import { formatScalar } from "./scalars.ts";

/** As `%T` prints the type. */
export function goType(node: ConfNode): string {
  const inner = bare(node);
  switch (inner.kind) {
    case "scalar":
      return inner.type;
    case "list":
      return "[]interface {}";
    case "map":
      return inner.general !== undefined ? "map[interface {}]interface {}" : "map[string]interface {}";
    default:
      return inner satisfies never;
  }
}

/** The kind that reflection gives. */
export function goKind(node: ConfNode): string {
  const inner = bare(node);
  if (inner.kind !== "scalar") return inner.kind === "list" ? "slice" : "map";
  return inner.type === "time.Time" ? "struct" : inner.type;
}

/** As `%v` prints the value. */
export function formatNode(node: ConfNode): string {
  switch (node.kind) {
    case "scalar":
      return formatScalar(node);
    case "list":
      return `[${node.items.map(formatInner).join(" ")}]`;
    case "map": {
      const fields = [...node.entries].sort(([left], [right]) => (left < right ? -1 : 1));
      return `map[${fields.map(([key, { value }]) => `${key}:${formatInner(value)}`).join(" ")}]`;
    }
    case "expanded":
      return formatNode(node.value);
    default:
      return node satisfies never;
  }
}

/** Inside another value, a reference is a pair of value and text. */
function formatInner(node: ConfNode): string {
  return node.kind === "expanded" ? formatPair(node) : formatNode(node);
}

function formatPair({ value, original }: ExpandedNode): string {
  return `{${formatInner(value)} ${original}}`;
}
