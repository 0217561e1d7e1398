/** A resolved configuration: values by path, and where each of them stands. */
import { FerruleError } from "../core/errors.ts";
import {
  type ConfNode,
  EMPTY_MAP,
  type Entry,
  fromObject,
  type MapNode,
  mergeMaps,
  toObject,
  toValue,
} from "./node.ts";
import type { Place } from "./place.ts";

/** Between the keys of a path. */
export const PATH_SEPARATOR = "::";

/** A path as text, or already apart: keys of maps and indexes of lists. */
export type ConfPath = string | readonly (string | number)[];

/** A map of configuration values, or a section of one. */
export class Conf {
  #root: MapNode;

  /** @param root the tree; {@link Conf.fromMap} takes plain values */
  constructor(root: MapNode = EMPTY_MAP) {
    this.#root = root;
  }

  /** A configuration from plain values, without places. */
  static fromMap(values: Readonly<Record<string, unknown>>): Conf {
    return new Conf(fromObject(values));
  }

  /** The keys of the first level, in order. */
  keys(): string[] {
    return [...this.#root.entries.keys()];
  }

  /** The value at `path` as plain values; undefined when there is none. */
  get(path: ConfPath): unknown {
    const found = this.#find(path);
    return found === undefined ? undefined : toValue(found.value);
  }

  /** Whether something is set at `path`, null included. */
  isSet(path: ConfPath): boolean {
    return this.#find(path) !== undefined;
  }

  /** The section at `path`; empty when it is absent or null.
   * @throws {FerruleError} `CONFIG_INVALID` when it is no map */
  sub(path: ConfPath): Conf {
    const value = this.#find(path)?.value;
    if (value === undefined || (value.kind === "scalar" && value.value === null)) return new Conf();
    if (value.kind === "map") return new Conf(value);
    const key = typeof path === "string" ? path : path.join(PATH_SEPARATOR);
    const text = `unexpected sub-config value kind for key:${key} value:${String(toValue(value))} kind:${kindOf(toValue(value))}`;
    throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
  }

  /** Everything as plain values. */
  toStringMap(): Record<string, unknown> {
    return toObject(this.#root);
  }

  /** Lays values over what is here: maps deep, everything else replaced. */
  merge(over: Conf | Readonly<Record<string, unknown>>): void {
    this.#root = mergeMaps(this.#root, over instanceof Conf ? over.#root : fromObject(over));
  }

  /** Where the key (or the item of a list) at `path` stands; undefined when it is absent, or came from no file. */
  locate(path: ConfPath): Place | undefined {
    const found = this.#find(path);
    return found?.keyPlace ?? found?.value.place;
  }

  /** Where the value at `path` stands. */
  locateValue(path: ConfPath): Place | undefined {
    return this.#find(path)?.value.place;
  }

  #find(path: ConfPath): Entry | undefined {
    const keys = typeof path !== "string" ? path : path === "" ? [] : path.split(PATH_SEPARATOR);
    return keys.reduce<Entry | undefined>((entry, key) => entry && child(entry.value, key), { value: this.#root });
  }
}

/** The name that the Collector's texts have for a value's kind. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  if (Array.isArray(value)) return "slice";
  if (typeof value === "object") {
    return Object.prototype.toString.call(value) === "[object Object]" ? "map" : "struct";
  }
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint" || Number.isInteger(value)) return "int";
  return typeof value === "number" ? "float64" : "string";
}

function child(node: ConfNode, key: string | number): Entry | undefined {
  if (node.kind === "map") return node.entries.get(String(key));
  if (node.kind !== "list" || !/^\d+$/.test(String(key))) return undefined;
  const item = node.items[Number(key)];
  return item && { value: item };
}
