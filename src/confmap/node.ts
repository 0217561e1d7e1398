/**
 * A configuration as a tree that remembers where each key and value stands. Trees are never changed: merging and
 * expanding make new ones, which share what stayed the same.
 */
import { FerruleError } from "../core/errors.ts";
import type { Place } from "./place.ts";
import { type ScalarType, scalarTypeOf } from "./scalars.ts";

/** Text, number, boolean, time or null. Whole numbers beyond 2^53 are `bigint`. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: unknown;
  /** What it was read as: 1 and 1.0 are different things to the Collector. */
  readonly type: ScalarType;
  /** A reference stood for it, or for a part of it: it may be a secret. */
  readonly fromReference?: true;
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
  /** Where it has a key that is no text, which the Collector does not take in every place. */
  readonly general?: { readonly place: Place | undefined };
  readonly place?: Place | undefined;
}

export interface Entry {
  readonly value: ConfNode;
  readonly keyPlace?: Place | undefined;
}

/** What a reference stood for, with the text that it had before it was read: a string gets that text. */
export interface ExpandedNode {
  readonly kind: "expanded";
  readonly value: ConfNode;
  readonly original: string;
  /** Of the reference. */
  readonly place?: Place | undefined;
}

export type ConfNode = ScalarNode | ListNode | MapNode | ExpandedNode;

/** The value and the text of a reference, where both are still wanted. */
export class ExpandedValue {
  readonly value: unknown;
  readonly original: string;

  constructor(value: unknown, original: string) {
    this.value = value;
    this.original = original;
  }
}

export const EMPTY_MAP: MapNode = { kind: "map", entries: new Map() };

export function scalar(value: unknown, place?: Place, type: ScalarType = scalarTypeOf(value)): ScalarNode {
  return { kind: "scalar", value, type, place };
}

/** The node without the references around it. */
export function bare(node: ConfNode): Exclude<ConfNode, ExpandedNode> {
  let inner = node;
  while (inner.kind === "expanded") inner = inner.value;
  return inner;
}

/** What makes plain values of references. */
export type Plainer = (node: ExpandedNode) => unknown;

const throughout: Plainer = (node) => toValue(node.value);
const asExpanded: Plainer = (node) => new ExpandedValue(toValue(node.value, asExpanded), node.original);

/**
 * A reference is its value; in there, further references keep their text, as the Collector leaves them in its own maps.
 */
export const keepNested: Plainer = (node) => toValue(node.value, asExpanded);

/** The plain value of a tree.
 * @param plainer how references become values; all the way down unless given */
export function toValue(node: ConfNode, plainer: Plainer = throughout): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map((item) => toValue(item, plainer));
    case "map":
      return toObject(node, plainer);
    case "expanded":
      return plainer(node);
    default:
      return node satisfies never;
  }
}

/** The plain object of a map. */
export function toObject(node: MapNode, plainer: Plainer = throughout): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, entry] of node.entries) {
    // Defined, not assigned: assigning `__proto__` would set the prototype.
    Object.defineProperty(object, key, {
      value: toValue(entry.value, plainer),
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
  if (value instanceof ExpandedValue) {
    return { kind: "expanded", value: fromValue(value.value, above), original: value.original };
  }
  if (Array.isArray(value)) {
    const path = descend(value, above);
    return { kind: "list", items: value.map((item) => fromValue(item, path)) };
  }
  // The fields of a Map, a Set or a Date are not what it holds.
  if (Object.prototype.toString.call(value) === "[object Object]") return fromObject(value as object, above);
  return scalar(value);
}

/** The tree of a plain object. Fields that are undefined are absent. */
export function fromObject(value: object, above: readonly object[] = []): MapNode {
  const path = descend(value, above);
  const present = Object.entries(value).filter(([, field]) => field !== undefined);
  return { kind: "map", entries: new Map(present.map(([key, field]) => [key, { value: fromValue(field, path) }])) };
}

/** The tree with `place` wherever it has none. */
export function placed(node: ConfNode, place: Place | undefined): ConfNode {
  const at = node.place ?? place;
  switch (node.kind) {
    case "scalar":
      return { ...node, place: at };
    case "list":
      return { ...node, items: node.items.map((item) => placed(item, place)), place: at };
    case "expanded":
      return { ...node, value: placed(node.value, place), place: at };
    case "map": {
      const entries = [...node.entries].map(([key, entry]): [string, Entry] => [
        key,
        { value: placed(entry.value, place), keyPlace: entry.keyPlace ?? place },
      ]);
      return { ...node, entries: new Map(entries), place: at };
    }
    default:
      return node satisfies never;
  }
}

/** Beyond every configuration, and far from the end of the stack. */
const DEPTH_MAX = 500;

function descend(value: object, above: readonly object[]): readonly object[] {
  if (above.length >= DEPTH_MAX) {
    const text = `the configuration is nested more than ${DEPTH_MAX} levels deep`;
    throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
  }
  if (!above.includes(value)) return [...above, value];
  throw new FerruleError("CONFIG_INVALID", "the configuration holds itself", { permanent: true });
}
