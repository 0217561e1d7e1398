/**
 * A configuration as a tree that remembers where each key and value stands. Trees are never changed: merging makes a
 * new one.
 */
import { FerruleError } from "../core/errors.ts";
import type { Place } from "./place.ts";

/** Text, number, boolean or null. Whole numbers beyond 2^53 are `bigint`. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: unknown;
  readonly place?: Place | undefined;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly ConfNode[];
  readonly place?: Place | undefined;
}

/** A `Map`, not an object: a key called `__proto__` is a key like any other. */
export interface MapNode {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly place?: Place | undefined;
}

export interface Entry {
  readonly value: ConfNode;
  readonly keyPlace?: Place | undefined;
}

export type ConfNode = ScalarNode | ListNode | MapNode;

export const EMPTY_MAP: MapNode = { kind: "map", entries: new Map() };

/** `over` laid on `under`: maps deep, everything else replaced, a null included. */
export function mergeMaps(under: MapNode, over: MapNode): MapNode {
  const entries = new Map(under.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key)?.value;
    const both = below?.kind === "map" && entry.value.kind === "map";
    entries.set(key, both ? { ...entry, value: mergeMaps(below, entry.value) } : entry);
  }
  return { kind: "map", entries, place: over.place ?? under.place };
}

/** The plain value of a tree. */
export function toValue(node: ConfNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toValue);
    case "map":
      return toObject(node);
    default:
      return node satisfies never;
  }
}

/** The plain object of a map. */
export function toObject(node: MapNode): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, entry] of node.entries) {
    // Defined, not assigned: assigning `__proto__` would set the prototype.
    Object.defineProperty(object, key, {
      value: toValue(entry.value),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return object;
}

/** The tree of a plain value, which has no places. What is neither a list nor a map of fields is kept as it is.
 * @param above the lists and objects that hold this value
 * @throws {FerruleError} `CONFIG_INVALID` for a value that holds itself */
export function fromValue(value: unknown, above: readonly object[] = []): ConfNode {
  if (Array.isArray(value)) {
    const path = descend(value, above);
    return { kind: "list", items: value.map((item) => fromValue(item, path)) };
  }
  // The fields of a Map, a Set or a Date are not what it holds.
  if (Object.prototype.toString.call(value) === "[object Object]") return fromObject(value as object, above);
  return { kind: "scalar", value };
}

/** The tree of a plain object. Fields that are undefined are absent. */
export function fromObject(value: object, above: readonly object[] = []): MapNode {
  const path = descend(value, above);
  const present = Object.entries(value).filter(([, field]) => field !== undefined);
  return { kind: "map", entries: new Map(present.map(([key, field]) => [key, { value: fromValue(field, path) }])) };
}

function descend(value: object, above: readonly object[]): readonly object[] {
  if (!above.includes(value)) return [...above, value];
  throw new FerruleError("CONFIG_INVALID", "the configuration holds itself", { permanent: true });
}
