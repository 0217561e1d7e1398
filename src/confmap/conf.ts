/** A resolved configuration: values by path, and where each of them stands. */
import { FerruleError } from "../core/errors.ts";
import { formatNode, goKind } from "./go-type.ts";
import { flatKeys, mergeAppending, mergeMaps, PATH_SEPARATOR, unflatten } from "./merge.ts";
import {
  bare,
  type ConfNode,
  EMPTY_MAP,
  type Entry,
  fromObject,
  keepNested,
  type MapNode,
  toObject,
  toValue,
} from "./node.ts";
import type { Place } from "./place.ts";

/**
 * A path as text, `a::b`, or its keys apart. As text it leads through maps, as the Collector's do. With its keys apart
 * it leads also through lists, by index, and into what references stood for.
 */
export type ConfPath = string | readonly (string | number)[];

/** A map of configuration values, or a section of one. */
export class Conf {
  #root: MapNode;
  #absent: boolean;

  /** @param root the tree; {@link Conf.fromMap} takes plain values
   * @internal */
  constructor(root?: MapNode) {
    this.#root = root === undefined ? EMPTY_MAP : unflatten(root);
    this.#absent = false;
  }

  /** A configuration from plain values, without places. A key like `a::b` is a path.
   * @throws {FerruleError} `CONFIG_INVALID` for values that hold themselves */
  static fromMap(values: Readonly<Record<string, unknown>>): Conf {
    return new Conf(fromObject(values));
  }

  /** True for the section at a path where there is none, or null: it is empty, but nobody wrote `{}`. */
  get isAbsent(): boolean {
    return this.#absent;
  }

  /** The tree itself.
   * @internal */
  get root(): MapNode {
    return this.#root;
  }

  /** The keys of the first level, in order. */
  keys(): string[] {
    return [...this.#root.entries.keys()];
  }

  /** The paths of all values, in order of their bytes. An empty map is a value; what is in lists is not looked at. */
  allKeys(): string[] {
    return flatKeys(this.#root);
  }

  /** The value at `path` as plain values; undefined when there is none. The empty path is the whole. */
  get(path: ConfPath): unknown {
    const found = this.#find(path);
    return found === undefined ? undefined : toValue(found.value);
  }

  /** Whether something is set at `path`, null included. */
  isSet(path: ConfPath): boolean {
    return this.#find(path) !== undefined;
  }

  /** The text that a reference at `path` stood for, as it was before it was read; undefined when there is none. */
  original(path: ConfPath): string | undefined {
    const value = this.#find(path)?.value;
    return value?.kind === "expanded" ? value.original : undefined;
  }

  /** The texts of everything at `path` and below it for which, or for a part of which, a reference stood: as they were
   * read, and as they are now. Each may be a secret. */
  referencedTexts(path: ConfPath): ReadonlySet<string> {
    const texts = new Set<string>();
    const found = this.#find(path)?.value;
    if (found !== undefined) collectReferenced(found, this.#isInReference(path), texts);
    return texts;
  }

  /** Whether one of the values on the way to `path` came from a reference: what is in it did so too. */
  #isInReference(path: ConfPath): boolean {
    const keys = typeof path === "string" ? (path === "" ? [] : path.split(PATH_SEPARATOR)) : path;
    let entry: Entry | undefined = { value: this.#root };
    for (const key of keys) {
      if (entry === undefined) return false;
      if (entry.value.kind === "expanded") return true;
      entry = child(bare(entry.value), key);
    }
    return false;
  }

  /** The section at `path`; empty when it is absent or null.
   * @throws {FerruleError} `CONFIG_INVALID` when it is no map */
  sub(path: ConfPath): Conf {
    const found = this.#find(path)?.value;
    const value = found === undefined ? undefined : bare(found);
    if (value?.kind === "map") return new Conf(value);
    if (value === undefined || (value.kind === "scalar" && value.value === null)) {
      const absent = new Conf();
      absent.#absent = true;
      return absent;
    }
    const key = typeof path === "string" ? path : path.join(PATH_SEPARATOR);
    const text = `unexpected sub-config value kind for key:${key} value:${formatNode(value)} kind:${goKind(value)}`;
    throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
  }

  /** Everything as plain values. */
  toStringMap(): Record<string, unknown> {
    return toObject(this.#root);
  }

  /**
   * Everything as plain values, but where a reference led to a map or a list with further references: those are
   * {@link ExpandedValue}s there, as the Collector leaves them.
   */
  toStringMapWithNested(): Record<string, unknown> {
    return toObject(this.#root, keepNested);
  }

  /** Lays values over what is here: maps deep, everything else replaced.
   * @throws {FerruleError} `CONFIG_INVALID` for plain values that hold themselves */
  merge(over: Conf | Readonly<Record<string, unknown>>): void {
    this.#merge(over, mergeMaps);
  }

  /** The same, but items are added to the lists of extensions, receivers and exporters under `service`.
   * @throws {FerruleError} `CONFIG_INVALID` also for such a list over something that is none */
  mergeAppending(over: Conf | Readonly<Record<string, unknown>>): void {
    this.#merge(over, mergeAppending);
  }

  /** Takes out what is at `path`, and maps that become empty by it.
   * @returns whether there was something */
  delete(path: string): boolean {
    if (!this.isSet(path)) return false;
    this.#root = path === "" ? EMPTY_MAP : without(this.#root, path.split(PATH_SEPARATOR));
    return true;
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

  #merge(over: Conf | Readonly<Record<string, unknown>>, merge: typeof mergeMaps): void {
    const other = over instanceof Conf ? over : Conf.fromMap(over);
    this.#root = merge(this.#root, other.#root);
    this.#absent &&= other.#absent;
  }

  #find(path: ConfPath): Entry | undefined {
    const root: Entry = { value: this.#root };
    if (typeof path !== "string") {
      return path.reduce<Entry | undefined>((entry, key) => entry && child(bare(entry.value), key), root);
    }
    const keys = path === "" ? [] : path.split(PATH_SEPARATOR);
    return keys.reduce<Entry | undefined>(
      (entry, key) => (entry?.value.kind === "map" ? entry.value.entries.get(key) : undefined),
      root,
    );
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

function collectReferenced(node: ConfNode, inside: boolean, texts: Set<string>): void {
  switch (node.kind) {
    case "scalar":
      if (!inside && node.fromReference !== true) return;
      // What is written as nothing, true or false tells nothing.
      if (node.value === null || typeof node.value === "boolean") return;
      texts.add(String(node.value)).add(formatNode(node));
      return;
    case "expanded":
      if (isSingle(node.value)) texts.add(node.original);
      collectReferenced(node.value, true, texts);
      return;
    case "list":
      for (const item of node.items) collectReferenced(item, inside, texts);
      return;
    case "map":
      for (const { value } of node.entries.values()) collectReferenced(value, inside, texts);
      return;
    default:
      node satisfies never;
  }
}

/** A value with a text of its own that could be told: null and booleans are words of everybody's. */
function isSingle(node: ConfNode): boolean {
  const inner = bare(node);
  return inner.kind === "scalar" && inner.value !== null && typeof inner.value !== "boolean";
}

function without(map: MapNode, [key, ...rest]: readonly string[]): MapNode {
  const entries = new Map(map.entries);
  const entry = entries.get(key!);
  if (entry === undefined) return map;
  const value = entry.value.kind === "map" && rest.length > 0 ? without(entry.value, rest) : undefined;
  if (value === undefined || value.entries.size === 0) entries.delete(key!);
  else entries.set(key!, { ...entry, value });
  return { ...map, entries };
}
