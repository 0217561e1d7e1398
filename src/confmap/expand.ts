/**
 * References in values: `${scheme:rest}`, or `${rest}` with a default scheme. A value that is one reference becomes
 * whatever that stands for; a reference in the middle of text becomes text. `$$` keeps what follows from being one.
 */
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import { formatNode } from "./go-type.ts";
import { formatUri, type Location, parseUri } from "./location.ts";
import { type ConfNode, type Entry, placed, type ScalarNode, scalar } from "./node.ts";
import { type Retrieved, refusal } from "./retrieved.ts";

/** Rounds of expanding one value, as upstream: what is not settled by then never will be. */
const ROUNDS_MAX = 1_000;
/** References of one value. Upstream has no such bound, and hangs. */
const REFERENCES_MAX = 10_000;
/** Characters of text that references may make. */
const TEXT_MAX = 32 * 2 ** 20;
/** How deep references may nest values in each other. */
const DEPTH_MAX = 300;
/** What doubles in each round has met a bound by then. What is still growing only adds, and upstream would end it. */
const DOUBLING_ROUNDS = 64;

const ENDLESS = "too many recursive expansions";

/** A bound of ferrule's own was met. */
class Bound extends Error {}

interface Round {
  readonly node: ConfNode;
  readonly changed: boolean;
}

/** Expands the references of one value. */
export class Expander {
  readonly #retrieve: (location: Location) => Promise<Retrieved>;
  readonly #defaultScheme: string;
  #references = 0;

  /** @param defaultScheme of references without a scheme, which stay text when it is empty */
  constructor(retrieve: (location: Location) => Promise<Retrieved>, defaultScheme: string) {
    this.#retrieve = retrieve;
    this.#defaultScheme = defaultScheme;
  }

  /** @param path of the value, for errors
   * @throws {InvalidConfigError} with the place of the value that holds the reference */
  async expand(value: ConfNode, path: string): Promise<ConfNode> {
    this.#references = 0;
    let node = value;
    const spot = { place: value.place, path };
    for (let round = 0; round < ROUNDS_MAX && mentions(node); round++) {
      let next: Round;
      try {
        next = await this.#round(node, 0);
      } catch (error) {
        if (!(error instanceof Bound)) throw refusal(error, spot);
        if (round > DOUBLING_ROUNDS) break;
        throw refusal(new Error(`${path}: ${ENDLESS}: ${error.message}`), spot);
      }
      if (!next.changed) return next.node;
      node = next.node;
    }
    if (!mentions(node)) return node;
    throw refusal(new Error(ENDLESS), spot);
  }

  async #round(node: ConfNode, depth: number): Promise<Round> {
    if (depth > DEPTH_MAX) throw new Bound(`values nest more than ${DEPTH_MAX} levels deep`);
    switch (node.kind) {
      case "scalar":
        return this.#text(node);
      case "list":
        return this.#list(node, depth);
      case "map":
        return this.#map(node, depth);
      case "expanded":
        return this.#expanded(node, depth);
      default:
        return node satisfies never;
    }
  }

  async #list(node: ConfNode & { kind: "list" }, depth: number): Promise<Round> {
    const items: ConfNode[] = [];
    let changed = false;
    let same = true;
    for (const item of node.items) {
      const next = await this.#round(item, depth + 1);
      items.push(next.node);
      changed ||= next.changed;
      same &&= next.node === item;
    }
    return { node: same ? node : { ...node, items }, changed };
  }

  async #map(node: ConfNode & { kind: "map" }, depth: number): Promise<Round> {
    const entries = new Map<string, Entry>();
    let changed = false;
    let same = true;
    for (const [key, entry] of node.entries) {
      const next = await this.#round(entry.value, depth + 1);
      entries.set(key, { ...entry, value: next.node });
      changed ||= next.changed;
      same &&= next.node === entry.value;
    }
    return { node: same ? node : { ...node, entries }, changed };
  }

  async #expanded(node: ConfNode & { kind: "expanded" }, depth: number): Promise<Round> {
    const { node: value, changed } = await this.#round(node.value, depth + 1);
    // What turned out to be text needs no second text.
    if (value.kind === "expanded" || isText(value)) return { node: value, changed };
    let original: Round;
    try {
      original = await this.#text(scalar(node.original, node.place, "string"));
    } catch {
      return { node: value, changed };
    }
    if (!isText(original.node)) return { node: value, changed };
    const same = value === node.value && original.node.value === node.original;
    return {
      node: same ? node : { ...node, value, original: original.node.value },
      changed: changed || original.changed,
    };
  }

  /** The first reference of a text, wherever it stands. The next round finds the next one. */
  async #text(node: ScalarNode): Promise<Round> {
    if (!isText(node) || !node.value.includes("${")) return { node, changed: false };
    const reference = findReference(node.value, this.#defaultScheme);
    if (reference === undefined) return { node, changed: false };
    try {
      const found = await this.#fetch(reference);
      if (reference === node.value) return { node: whole(found, node), changed: true };
      const value = inserted(node.value, reference, textOf(found, reference));
      return { node: { ...node, value, fromReference: true }, changed: true };
    } catch (error) {
      throw error instanceof Bound ? error : refusal(error, { place: node.place });
    }
  }

  #fetch(reference: string): Promise<Retrieved> {
    if (++this.#references > REFERENCES_MAX) throw new Bound(`one value has more than ${REFERENCES_MAX} references`);
    const inner = reference.slice(2, -1);
    const location = parseUri(inner.includes(":") ? inner : `${this.#defaultScheme}:${inner}`);
    if (location.rest.includes("$")) {
      const text = `the uri ${quote(formatUri(location))} contains unsupported characters ('$')`;
      throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
    }
    return this.#retrieve(location);
  }
}

/** Whether there may be a reference anywhere in it: most values have none, and need no work. */
function mentions(node: ConfNode): boolean {
  switch (node.kind) {
    case "scalar":
      return isText(node) && node.value.includes("${");
    case "list":
      return node.items.some(mentions);
    case "map":
      return [...node.entries.values()].some((entry) => mentions(entry.value));
    case "expanded":
      // Text in a reference is taken out of it, whether it holds another one or not.
      return (
        isText(node.value) || node.value.kind === "expanded" || mentions(node.value) || node.original.includes("${")
      );
    default:
      return node satisfies never;
  }
}

function isText(node: ConfNode): node is ScalarNode & { readonly value: string } {
  return node.kind === "scalar" && typeof node.value === "string";
}

/** The value of a reference that stands alone, with its text for those who want text. */
function whole(found: Retrieved, { place }: ScalarNode): ConfNode {
  const bare = placed(found.node, place);
  const node: ConfNode = bare.kind === "scalar" ? { ...bare, fromReference: true } : bare;
  return found.text === undefined ? node : { kind: "expanded", value: node, original: found.text, place };
}

function textOf(found: Retrieved, reference: string): string {
  if (found.text !== undefined) return found.text;
  const what = `retrieved value does not have unambiguous string representation: ${formatNode(found.node)}`;
  throw new FerruleError("CONFIG_INVALID", `expanding ${reference}: ${what}`, { permanent: true });
}

/** Replaces the reference wherever it stands in the text: also where a `$` before it keeps others from being one. */
function inserted(text: string, reference: string, replacement: string): string {
  const parts = text.split(reference);
  const length = text.length + (parts.length - 1) * (replacement.length - reference.length);
  if (length > TEXT_MAX) throw new Bound(`the text would have more than ${TEXT_MAX} characters`);
  return parts.join(replacement);
}

/** The first reference whose braces close first, from `${` to `}`; undefined when there is none.
 * @param defaultScheme without one, what has no colon is no reference */
export function findReference(text: string, defaultScheme: string): string | undefined {
  let from = 0;
  let next = text.indexOf("${");
  for (;;) {
    const close = text.indexOf("}", from);
    if (close < 0 || next < 0) return undefined;
    let open = -1;
    for (; next >= 0 && next < close; next = text.indexOf("${", next + 2)) open = next;
    if (open >= 0) {
      const reference = text.slice(open, close + 1);
      if ((defaultScheme !== "" || reference.includes(":")) && !isEscaped(text, open, from)) return reference;
    }
    from = close + 1;
  }
}

/** An odd number of `$` before it means that the last of them belongs to it. */
function isEscaped(text: string, open: number, from: number): boolean {
  let count = 0;
  while (open - count - 1 >= from && text[open - count - 1] === "$") count++;
  return count % 2 === 1;
}

/** Every `$$` as `$`, once nothing is left to expand. */
export function unescaped(node: ConfNode): ConfNode {
  switch (node.kind) {
    case "scalar":
      return isText(node) && node.value.includes("$$")
        ? { ...node, value: node.value.replaceAll("$$", () => "$") }
        : node;
    case "list":
      return { ...node, items: node.items.map(unescaped) };
    case "map": {
      const entries = [...node.entries].map(([key, entry]): [string, Entry] => [
        key,
        { ...entry, value: unescaped(entry.value) },
      ]);
      return { ...node, entries: new Map(entries) };
    }
    case "expanded":
      return { ...node, value: unescaped(node.value), original: node.original.replaceAll("$$", () => "$") };
    default:
      return node satisfies never;
  }
}
