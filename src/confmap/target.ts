/**
 * Strict decoding into typed fields, as the Collector decodes into its structures: no key may be left over, numbers are
 * not made of text nor text of numbers, and what a reference stood for is text where text is wanted.
 */
import { FerruleError } from "../core/errors.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Conf } from "./conf.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { goKind, goType } from "./go-type.ts";
import { PATH_SEPARATOR, sorted } from "./merge.ts";
import { bare, type ConfNode, type ExpandedNode, ExpandedValue, type MapNode, toValue } from "./node.ts";
import { InvalidConfigError, type Problem, type Spot } from "./problem.ts";

/**
 * The type of a field, as Go writes it: `string`, `bool`, `int`, `uint8`, `float`, `duration`, `any`, with `*`, `[]` and
 * `map[string]` before it. An object is a structure with fields of its own, and a pair a list or a map of structures.
 */
export type FieldType = string | Fields | readonly [of: "[]" | "map[string]", item: FieldType];

/** The fields of a structure, by name. */
export interface Fields {
  readonly [name: string]: FieldType;
}

const INTEGER = /^(u?)int(8|16|32|64)?$/;
const FLOATS = ["float", "float32", "float64"];
const FRAME = "decoding failed due to the following error(s):\n\n";

/** Decodes a section into fields. Fields that are absent or null have the zero value of their type.
 * @throws {InvalidConfigError} with every mistake, in order of the fields */
export function decodeFields(conf: Conf, fields: Fields): Record<string, unknown> {
  const decoder = new FieldDecoder();
  const decoded = decoder.fields(fields, conf.root, "", "");
  if (decoder.problems.length > 0) throw new InvalidConfigError("decode", decoder.problems, undefined, FRAME);
  return decoded;
}

class FieldDecoder {
  readonly problems: Problem[] = [];

  /** Every field in order of its name, and then what is left over. */
  fields(fields: Fields, node: MapNode, name: string, path: string): Record<string, unknown> {
    const decoded: Record<string, unknown> = Object.create(null);
    for (const field of sorted(Object.keys(fields))) {
      const type = fields[field]!;
      const entry = node.entries.get(field);
      const inner = name === "" ? field : `${name}.${field}`;
      decoded[field] = entry === undefined ? zeroOf(type) : this.decode(type, entry.value, inner, below(path, field));
    }
    const unknown = sorted([...node.entries.keys()].filter((key) => !Object.hasOwn(fields, key)));
    if (unknown.length > 0) {
      const text = `'${name === "" ? "<target>" : name}' has invalid keys: ${unknown.join(", ")}`;
      const spots = unknown.map((key) => spotOf(node, key, path, Object.keys(fields)));
      this.problems.push({ text, spots });
    }
    return decoded;
  }

  /** @param name as messages have it
   * @returns the zero value after a complaint */
  decode(type: FieldType, node: ConfNode, name: string, path: string): unknown {
    const inner = isText(type) && node.kind === "expanded" ? textOf(type, node) : bare(node);
    if (typeof inner === "string") return inner;
    if (type === "any") return anyOf(node);
    if (inner.kind === "scalar" && inner.value === null) return zeroOf(type);
    if (isPair(type)) {
      const [of, item] = type;
      return of === "[]" ? this.#list(item, inner, name, path) : this.#map(item, inner, name, path);
    }
    if (typeof type !== "string") {
      if (inner.kind === "map") return this.fields(type, inner, name, path);
      this.#complain(inner, path, `'${name}' expected a map or struct, got "${goKind(inner)}"`);
      return zeroOf(type);
    }
    if (type.startsWith("*")) return this.decode(type.slice(1), node, name, path);
    if (type.startsWith("[]")) return this.#list(type.slice("[]".length), inner, name, path);
    if (type.startsWith("map[string]")) return this.#map(type.slice("map[string]".length), inner, name, path);
    return this.#scalar(type, inner, name, path);
  }

  #list(item: FieldType, node: ConfNode, name: string, path: string): unknown {
    if (node.kind === "list") {
      return node.items.map((each, index) => this.decode(item, each, `${name}[${index}]`, below(path, index)));
    }
    // A text is a list of what stands between its commas.
    const value = node.kind === "scalar" ? node.value : undefined;
    if (item === "string" && typeof value === "string") return value === "" ? [] : value.split(",");
    this.#complain(node, path, `'${name}' source data must be an array or slice, got ${goKind(node)}`);
    return null;
  }

  #map(item: FieldType, node: ConfNode, name: string, path: string): unknown {
    if (node.kind !== "map")
      return this.#mistyped(`map[string]${typeof item === "string" ? item : "any"}`, node, name, path);
    const decoded: Record<string, unknown> = Object.create(null);
    for (const key of sorted(node.entries.keys())) {
      decoded[key] = this.decode(item, node.entries.get(key)!.value, `${name}[${key}]`, below(path, key));
    }
    return decoded;
  }

  #scalar(type: string, node: ConfNode, name: string, path: string): unknown {
    const value = node.kind === "scalar" ? node.value : undefined;
    const isNumber = typeof value === "number" || typeof value === "bigint";
    if (type === "string" && typeof value === "string") return value;
    if (type === "bool" && typeof value === "boolean") return value;
    if (FLOATS.includes(type) && isNumber) return Number(value);
    if (type === "duration") return this.#duration(node, value, name, path);
    const integer = INTEGER.exec(type);
    if (integer !== null && isNumber) return this.#integer(type, value, node, name, path);
    return this.#mistyped(type, node, name, path);
  }

  #duration(node: ConfNode, value: unknown, name: string, path: string): unknown {
    if (typeof value === "string") {
      try {
        return formatDuration(parseDuration(value));
      } catch (error) {
        this.#complain(node, path, `'${name}' ${(error as Error).message}`);
        return zeroOf("duration");
      }
    }
    if (typeof value !== "number" && typeof value !== "bigint") return this.#mistyped("duration", node, name, path);
    return formatDuration(BigInt(this.#integer("int64", value, node, name, path) as number | bigint));
  }

  /** Upstream drops what does not fit, without a word: nobody has ever meant that. */
  #integer(type: string, value: number | bigint, node: ConfNode, name: string, path: string): unknown {
    const [, unsigned, bits = "64"] = INTEGER.exec(type)!;
    const whole = typeof value === "bigint" || Number.isInteger(value);
    const [least, most] = unsigned
      ? [0n, 2n ** BigInt(bits) - 1n]
      : [-(2n ** (BigInt(bits) - 1n)), 2n ** (BigInt(bits) - 1n) - 1n];
    if (whole && BigInt(value) >= least && BigInt(value) <= most) return value;
    const why = whole ? `is not between ${least} and ${most}` : "is no whole number";
    // It may be a secret that went astray.
    const shown = node.kind === "scalar" && node.fromReference === true ? "the value of a reference" : String(value);
    this.#complain(node, path, `'${name}' cannot hold ${shown} as type '${type}': it ${why}`);
    return 0;
  }

  #mistyped(type: string, node: ConfNode, name: string, path: string): unknown {
    const text = `'${name}' expected type '${goName(type)}', got unconvertible type '${goType(node)}'`;
    this.#complain(node, path, text);
    return zeroOf(type);
  }

  #complain(node: ConfNode, path: string, text: string): void {
    this.problems.push({ text, spots: [{ place: node.place, path }] });
  }
}

function below(path: string, key: string | number): string {
  return path === "" ? String(key) : `${path}${PATH_SEPARATOR}${key}`;
}

function spotOf(node: MapNode, key: string, path: string, known: readonly string[]): Spot {
  return { place: node.entries.get(key)!.keyPlace, path: below(path, key), hint: didYouMean(key, known) };
}

function isPair(type: FieldType): type is readonly ["[]" | "map[string]", FieldType] {
  return Array.isArray(type);
}

function isText(type: FieldType): type is string {
  return typeof type === "string" && type.replace(/^\*+/, "") === "string";
}

/** A pointer to text is none when the text reads as null. */
function textOf(type: string, node: ExpandedNode): string | Exclude<ConfNode, ExpandedNode> {
  const inner = bare(node);
  return type.startsWith("*") && inner.kind === "scalar" && inner.value === null ? inner : node.original;
}

/** Whatever is there: only references inside of it stay pairs of value and text. */
function anyOf(node: ConfNode): unknown {
  return toValue(node.kind === "expanded" ? node.value : node, (nested) => {
    return new ExpandedValue(anyOf(nested.value), nested.original);
  });
}

/** As Go prints the type. */
function goName(type: string): string {
  const words: Readonly<Record<string, string>> = { any: "interface {}", duration: "time.Duration", float: "float64" };
  return type.replace(/\w+$/, (word) => words[word] ?? word);
}

function zeroOf(type: FieldType): unknown {
  if (isPair(type)) return null;
  if (typeof type !== "string") {
    return Object.fromEntries(Object.entries(type).map(([name, inner]) => [name, zeroOf(inner)]));
  }
  if (/^(\*|\[\]|map\[)/.test(type) || type === "any") return null;
  if (type === "string") return "";
  if (type === "bool") return false;
  if (type === "duration") return "0s";
  if (INTEGER.test(type) || FLOATS.includes(type)) return 0;
  throw new FerruleError("INVALID_ARGUMENT", `unknown field type ${type}`, { permanent: true });
}
