/** Values of a configuration that are more than YAML says: durations, secrets, and optional sections. */
import { Duration } from "../component/duration.ts";
import { Opaque } from "../component/opaque.ts";
import { Optional } from "../component/optional.ts";
import { formatNode, goType } from "../confmap/go-type.ts";
import { fromValue } from "../confmap/node.ts";
import { messageOf } from "../core/errors.ts";
import { type Fields, isMap } from "./shapes.ts";

/** The key of an optional section that switches it. */
export const ENABLED = "enabled";

type Read = { readonly value: unknown } | { readonly problem: string };

/** A default whose class decides how its field is read. */
export function isTyped(value: unknown): value is Duration | Opaque {
  return value instanceof Duration || value instanceof Opaque;
}

/** Reads a value as what the default is. Nothing that is said of it shows the value. */
export function readTyped(below: Duration | Opaque, value: unknown): Read {
  // What is given in code may be there already.
  if (isTyped(value) && value.constructor === below.constructor) return { value };
  if (below instanceof Opaque) {
    return typeof value === "string" ? { value: new Opaque(value) } : mistyped("configopaque.String", value);
  }
  try {
    if (typeof value === "string") return { value: Duration.parse(value) };
    if (typeof value === "bigint" || Number.isInteger(value)) return { value: new Duration(BigInt(value as bigint)) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
  return mistyped("time.Duration", value);
}

/** What is wrong with the switch of an optional section. */
export function enabledProblem(section: Fields): string | undefined {
  if (!Object.hasOwn(section, ENABLED) || typeof section[ENABLED] === "boolean") return undefined;
  const node = fromValue(section[ENABLED]);
  const type = section[ENABLED] === null ? "<nil>" : goType(node);
  return `unexpected type ${type} for 'enabled': got '${formatNode(node)}' value expected 'true' or 'false'`;
}

/** What a configuration makes of an optional section.
 * @param lay lays a value over a default */
export function mapOver(
  below: Optional<unknown>,
  value: unknown,
  lay: (below: unknown, value: unknown) => unknown,
): Optional<unknown> {
  if (value instanceof Optional) return value;
  const base = below.getOrDefault();
  if (value === null) return below.named();
  if (!isMap(value)) return Optional.some(lay(base, value));
  const { [ENABLED]: enabled, ...fields } = value;
  return enabled === false ? Optional.none(base) : Optional.some(lay(base, fields));
}

function mistyped(wanted: string, value: unknown): Read {
  return { problem: `expected type '${wanted}', got unconvertible type '${goType(fromValue(value))}'` };
}
