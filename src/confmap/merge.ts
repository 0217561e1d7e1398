/** Laying one configuration over another, and taking keys like `a::b` apart. */
import { FerruleError } from "../core/errors.ts";
import { goKind } from "./go-type.ts";
import { bare, type ConfNode, type Entry, type ListNode, type MapNode, toValue } from "./node.ts";

/** Between the keys of a path. */
export const PATH_SEPARATOR = "::";

/** `over` laid on `under`: maps deep, everything else replaced, a null included. */
export function mergeMaps(under: MapNode, over: MapNode): MapNode {
  return mergeWith(under, over, (_, entry) => entry);
}

/**
 * The same, but for the lists of extensions, receivers and exporters under `service`, to which items are added that they
 * do not have yet. This is what the gate `confmap.enableMergeAppendOption` does.
 */
export function mergeAppending(under: MapNode, over: MapNode): MapNode {
  return mergeWith(under, over, (below, entry, path) => {
    if (!isAppended(path) || entry.value.kind !== "list") return entry;
    // What is in a map has paths of its own, and is replaced as everywhere.
    if (isFilled(below.value)) return entry;
    return { ...entry, value: appended(below.value, entry.value, path) };
  });
}

type Replace = (below: Entry, entry: Entry, path: readonly string[]) => Entry;

function mergeWith(under: MapNode, over: MapNode, replace: Replace, path: readonly string[] = []): MapNode {
  const entries = new Map(under.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    if (below === undefined) entries.set(key, entry);
    else if (below.value.kind === "map" && entry.value.kind === "map") {
      entries.set(key, { ...entry, value: mergeWith(below.value, entry.value, replace, [...path, key]) });
    } else entries.set(key, replace(below, entry, [...path, key]));
  }
  return { kind: "map", entries, place: over.place ?? under.place };
}

function isAppended(path: readonly string[]): boolean {
  const text = path.join(PATH_SEPARATOR);
  if (text === "service::extensions") return true;
  // Both ends are looked at by themselves, as upstream: they may share their separator.
  return text.startsWith("service::") && (text.endsWith("::receivers") || text.endsWith("::exporters"));
}

function appended(below: ConfNode, over: ListNode, path: readonly string[]): ListNode {
  const under = bare(below);
  if (under.kind !== "list") {
    const text = `cannot append to ${path.join(PATH_SEPARATOR)}: the list is laid over a ${goKind(under)}`;
    throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
  }
  const present = new Set(under.items.map(identity));
  const items = [...under.items];
  for (const item of over.items) {
    const key = identity(item);
    if (present.has(key)) continue;
    present.add(key);
    items.push(item);
  }
  return { ...over, items };
}

/** Equal for equal values, wherever they stand and in whichever order their keys do. */
function identity(node: ConfNode): string {
  const inner = bare(node);
  if (inner.kind === "list") return `[${inner.items.map(identity).join()}]`;
  if (inner.kind === "scalar") return `${inner.type} ${JSON.stringify(String(toValue(inner)))}`;
  const fields = [...inner.entries].map(([key, { value }]) => `${JSON.stringify(key)}:${identity(value)}`);
  return `{${fields.sort().join()}}`;
}

/** How many maps a key like `a::b` may stand for: far more than a configuration has, and far from the stack's end. */
const LEVELS_MAX = 500;

/**
 * The map with every key like `a::b` as maps in each other, at every depth that the Collector looks at: not in lists,
 * and not in what a reference stood for.
 * @throws {FerruleError} `CONFIG_INVALID` for a key of more than 500 parts */
export function unflatten(map: MapNode, level = 0): MapNode {
  if (level > LEVELS_MAX) {
    throw new FerruleError("CONFIG_INVALID", `a key has more than ${LEVELS_MAX} parts`, { permanent: true });
  }
  const apart = new Map<string, Map<string, Entry>>();
  const entries = new Map<string, Entry>();
  let same = map.general === undefined;
  for (const [key, entry] of map.entries) {
    const end = key.indexOf(PATH_SEPARATOR);
    if (end < 0) {
      const value = entry.value.kind === "map" ? unflatten(entry.value, level + 1) : entry.value;
      same &&= value === entry.value;
      entries.set(key, value === entry.value ? entry : { ...entry, value });
      continue;
    }
    const first = key.slice(0, end);
    const below = apart.get(first) ?? new Map<string, Entry>();
    apart.set(first, below.set(key.slice(end + PATH_SEPARATOR.length), entry));
  }
  if (same && apart.size === 0) return map;
  for (const [key, below] of apart) {
    const value = unflatten({ kind: "map", entries: below, place: map.place }, level + 1);
    entries.set(key, joined(entries.get(key), { value, keyPlace: [...below.values()][0]?.keyPlace }));
  }
  return { kind: "map", entries, place: map.place };
}

/** What stands at `a`, and what `a::b` adds to it. Whatever leads further down takes the place of what does not. */
function joined(whole: Entry | undefined, below: { value: MapNode } & Entry): Entry {
  if (whole?.value.kind !== "map") return below;
  const value = mergeWith(whole.value, below.value, (under, over) => (isFilled(under.value) ? under : over));
  return { ...whole, value };
}

/** A map that has keys: what holds none counts as a value. */
export function isFilled(node: ConfNode): node is MapNode {
  return node.kind === "map" && node.entries.size > 0;
}

/** The keys of all values that are no maps, and of empty maps, in the order of their bytes. */
export function flatKeys(map: MapNode): string[] {
  return leavesOf(map).map(([path]) => path);
}

/** Whatever holds no keys of its own, by path. A key may end with half a separator: no path can be taken apart. */
export function leavesOf(map: MapNode): [path: string, entry: Entry][] {
  const leaves: [string, Entry][] = [];
  const walk = ({ entries }: MapNode, before: string): void => {
    for (const [key, entry] of entries) {
      if (isFilled(entry.value)) walk(entry.value, `${before}${key}${PATH_SEPARATOR}`);
      else leaves.push([before + key, entry]);
    }
  };
  walk(map, "");
  return leaves.sort(([one], [other]) => compareBytes(one, other));
}

/** As Go sorts text: by bytes, which differs from UTF-16 beyond 0xffff. */
export function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort(compareBytes);
}

function compareBytes(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (one === other) continue;
    // Surrogates stand for what is above everything else.
    const [oneHigh, otherHigh] = [isSurrogate(one), isSurrogate(other)];
    return oneHigh === otherHigh ? one - other : oneHigh ? 1 : -1;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
