/** From the text of one YAML file to a tree with places. */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { quote } from "../core/quote.ts";
import { type ConfNode, EMPTY_MAP, type Entry, type MapNode } from "./node.ts";
import type { Place } from "./place.ts";
import { InvalidConfigError } from "./problem.ts";
import { withNumbers } from "./yaml-numbers.ts";

/** How many values aliases may add up to. A bomb of ten lines would be billions. */
const ALIASED_MAX = 100_000;
/** How deep values may lie in each other: beyond every real file, and far from the end of the stack. */
const DEPTH_MAX = 200;

/** Reads a file's text. An empty file is an empty map.
 * @throws {InvalidConfigError} with the place of what is wrong */
export function parseYaml(text: string, file: string): MapNode {
  const reader = new YamlReader(text, file);
  try {
    return reader.read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The library parses recursively: a hundred thousand brackets end its stack before any depth can be counted here.
    throw reader.problem(`${file}: nested too deeply`, 0, error);
  }
}

class YamlReader {
  readonly #lines = new LineCounter();
  readonly #text: string;
  readonly #file: string;
  /** Anchors being read: one that names itself would never end. */
  readonly #open = new Set<unknown>();
  #aliased = 0;
  #document: ReturnType<typeof parseDocument> | undefined;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  read(): MapNode {
    // Duplicate keys are found below, where both places are known.
    // Of the schema that the Collector's parser has, whatever version the file says it is; no tags beyond it.
    const document = parseDocument(this.#text, {
      lineCounter: this.#lines,
      uniqueKeys: false,
      prettyErrors: false,
      schema: "core",
      customTags: withNumbers,
      resolveKnownTags: false,
    });
    // A warning is a value that is not what the file says: a tag or a directive was passed over.
    const [error] = [...document.errors, ...document.warnings];
    if (error !== undefined) {
      throw this.problem(`${this.#file}${textOf(error)}`, error.pos[0], error);
    }
    this.#document = document;
    const root = document.contents as Node | null;
    if (root === null || (isScalar(root) && root.value === null)) return { ...EMPTY_MAP, place: this.#place(0) };
    const node = this.#node(root, 0);
    if (node.kind === "map") return node;
    const what = node.kind === "list" ? "a list" : "a single value";
    throw this.problem(`${this.#file}: expected a map of sections at the top, got ${what}`, start(root));
  }

  problem(text: string, offset: number, cause?: unknown): InvalidConfigError {
    return new InvalidConfigError("resolve", [{ text, spots: [{ place: this.#place(offset) }] }], cause);
  }

  #node(node: Node, depth: number): ConfNode {
    if (depth > DEPTH_MAX) throw this.problem(`${this.#file}: nested more than ${DEPTH_MAX} levels deep`, start(node));
    if (this.#open.size > 0 && ++this.#aliased > ALIASED_MAX) {
      throw this.problem(`${this.#file}: aliases add up to more than ${ALIASED_MAX} values`, start(node));
    }
    const place = this.#place(start(node));
    if (isAlias(node)) return this.#alias(node, depth, place);
    if (isMap(node)) return { kind: "map", entries: this.#entries(node, depth), place };
    if (isSeq(node))
      return { kind: "list", items: node.items.map((item) => this.#node(item as Node, depth + 1)), place };
    return { kind: "scalar", value: this.#scalar(isScalar(node) ? node.value : null, start(node)), place };
  }

  #alias(alias: Alias, depth: number, place: Place): ConfNode {
    const target = alias.resolve(this.#document!);
    if (target === undefined)
      throw this.problem(`${this.#file}: an alias without an anchor: *${alias.source}`, start(alias));
    if (this.#open.has(target)) throw this.problem(`${this.#file}: an anchor that contains itself`, start(alias));
    this.#open.add(target);
    const node = this.#node(target, depth);
    this.#open.delete(target);
    // Where it is used, not where it was defined: that is the line that the user has to change.
    return { ...node, place };
  }

  #entries(map: YAMLMap, depth: number): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    let inherited: ReadonlyMap<string, Entry> = EMPTY_MAP.entries;
    let merged: Place | undefined;
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const keyPlace = this.#place(start(pair.key));
      const value = pair.value === null ? scalarNull(keyPlace) : this.#node(pair.value, depth + 1);
      const key = this.#key(pair.key);
      const isMerge = key === "<<" && isScalar(pair.key) && pair.key.type === "PLAIN" && pair.key.tag === undefined;
      const before = isMerge ? merged : entries.get(key)?.keyPlace;
      if (before !== undefined) {
        throw this.problem(
          `${this.#file}: mapping key ${quote(key)} already defined at line ${before.line}`,
          start(pair.key),
        );
      }
      if (isMerge) {
        merged = keyPlace;
        inherited = this.#inherit(value, start(pair.key));
      } else entries.set(key, { value, keyPlace });
    }
    // What a merge key brings lies under the map's own keys, wherever it stands.
    return inherited.size === 0 ? entries : new Map([...inherited, ...entries]);
  }

  #inherit(value: ConfNode, offset: number): Map<string, Entry> {
    const sources = value.kind === "list" ? value.items : [value];
    const entries = new Map<string, Entry>();
    for (const source of sources) {
      if (source.kind !== "map") throw this.problem(`${this.#file}: "<<" takes a map, or a list of maps`, offset);
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return entries;
  }

  #key(key: Node): string {
    const scalar = isAlias(key) ? key.resolve(this.#document!) : key;
    if (!isScalar(scalar)) throw this.problem(`${this.#file}: a key must be a single value`, start(key));
    // A number or a boolean as a key is its own text, as it was written.
    return typeof scalar.value === "string" ? scalar.value : (scalar.source ?? String(scalar.value));
  }

  #scalar(value: unknown, offset: number): unknown {
    if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
    if (typeof value === "string" && value.includes("${")) {
      throw this.problem(`references like \${env:NAME} are not expanded by this version of ferrule`, offset);
    }
    return value;
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    // The counter knows no line in an empty text.
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

const CORE = "tag:yaml.org,2002:";
const CORE_TAGS = ["str", "int", "float", "bool", "null", "map", "seq"];

/** In words for a person; the library's own speak to programmers. */
function textOf({ code, message }: YAMLError): string {
  if (code === "MULTIPLE_DOCS") return " is not valid YAML: it holds several documents, one is expected";
  const tag = /^Unresolved tag: (.*)$/.exec(message)?.[1];
  if (tag === undefined) return ` is not valid YAML: ${message}`;
  const short = tag.startsWith(CORE) ? `!!${tag.slice(CORE.length)}` : tag;
  if (CORE_TAGS.some((name) => short === `!!${name}`)) return `: what stands here is no ${short}`;
  return `: the tag ${short} is not supported`;
}

function scalarNull(place: Place): ConfNode {
  return { kind: "scalar", value: null, place };
}

function start(node: Node): number {
  return node.range?.[0] ?? 0;
}
