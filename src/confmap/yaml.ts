/** From the text of one YAML document to a tree with places, as the Collector's parser reads it. */
import type { Alias, Document, YAMLError as LibraryError, Node, Pair, ParsedNode, Scalar, YAMLMap } from "yaml";
import { quote } from "../core/quote.ts";
import { type Depth, lexemesOf, parserOf } from "./lexer.ts";
import { type ConfNode, type Entry, type MapNode, scalar } from "./node.ts";
import type { Place } from "./place.ts";
import { formatScalar, resolveScalar, ScalarError } from "./scalars.ts";
import { firstError, offsetOf, wordsOf } from "./yaml-errors.ts";
import { yaml } from "./yaml-library.ts";

/** How deep values may lie in each other: beyond every real file, and far from the end of the stack. */
const DEPTH_MAX = 200;
/** The same for what is not yet known to be a value: a document, a key and the text in them count as well. */
const NESTED_MAX = DEPTH_MAX + 50;
/** From this size on, what a text consists of is counted before it is read. */
const SMALL_TEXT = 1_000_000;
/** How many signs, words and line ends a text may consist of: reading that many takes seconds already. */
const LEXEMES_MAX = 1_500_000;
/** The Collector's parser takes neither control characters nor halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|\p{Cs}/u;

/** A text that is no YAML, or has a value that does not fit its tag. */
export class YamlError extends Error {
  override name = "YamlError";
  /** Undefined when the text came from no file. */
  readonly place: Place | undefined;

  constructor(message: string, place: Place | undefined, cause?: unknown) {
    super(`yaml: ${message}`, { cause });
    this.place = place;
  }
}

/** Reads the first document of a text. What is empty is null.
 * @param source a path or a URI, for the places; without one the tree has none
 * @throws {YamlError} */
export function readYaml(text: string, source?: string): ConfNode {
  return new YamlReader(text, source).read();
}

class YamlReader {
  readonly #lines = new (yaml().LineCounter)();
  readonly #text: string;
  readonly #source: string | undefined;
  readonly #depth: Depth = {
    max: NESTED_MAX,
    exceeded: (offset) => {
      throw this.#error(`exceeded max depth of ${DEPTH_MAX}`, offset);
    },
  };
  /** What each alias stands for: the anchor that came last before it. */
  readonly #targets = new Map<Alias, Node>();
  /** Aliases being read: an anchor that holds itself would never end. */
  readonly #open = new Set<Alias>();
  readonly #repeated = new Set<string>();
  #repeatedAt = 0;
  #read = 0;
  #aliased = 0;

  constructor(text: string, source: string | undefined) {
    // To Go's reader these end lines as well. Each is one character: places stay what they are.
    this.#text = (text.startsWith("\ufeff") ? text.slice(1) : text).replace(/\r(?!\n)|\u0085/g, "\n");
    this.#source = source;
  }

  read(): ConfNode {
    this.#check();
    const document = this.#compose();
    const root = document?.contents ?? null;
    if (root === null) return scalar(null, this.#place(0));
    this.#bind(document!);
    const node = this.#node(root, 0);
    if (this.#repeated.size === 0) return node;
    throw this.#error(`unmarshal errors:\n  ${[...this.#repeated].join("\n  ")}`, this.#repeatedAt);
  }

  #error(text: string, offset: number, cause?: unknown): YamlError {
    return new YamlError(text, this.#place(offset), cause);
  }

  /** Refuses what would cost too much, or what the parser upstream does not take, before anything is built of it. */
  #check(): void {
    const forbidden = FORBIDDEN.exec(this.#text);
    if (forbidden !== null) throw this.#error("control characters are not allowed", forbidden.index);
    if (this.#text.length < SMALL_TEXT) return;
    let count = 0;
    for (const _ of lexemesOf(this.#text, this.#depth)) {
      if (++count > LEXEMES_MAX) throw this.#error(`the text consists of more than ${LEXEMES_MAX} parts`, 0);
    }
  }

  /** Only the first document is read, and only what stands in it can be wrong, as upstream. */
  #compose(): Document.Parsed<ParsedNode> | undefined {
    // Nothing is resolved by the library: what a value means is decided in `scalars.ts`, whatever version it claims.
    const composer = new (yaml().Composer)({
      schema: "failsafe",
      uniqueKeys: false,
      prettyErrors: false,
      resolveKnownTags: false,
    });
    const tokens = parserOf(this.#lines.addNewLine, this.#depth).parse(this.#text);
    for (const document of composer.compose(tokens, true, this.#text.length)) {
      const parsed = document as Document.Parsed<ParsedNode>;
      const error = firstError(parsed);
      if (error !== undefined) throw this.#refusal(error, parsed);
      const { yaml } = document.directives ?? {};
      if (yaml?.explicit === true && yaml.version !== "1.1") throw this.#error("found incompatible YAML document", 0);
      return parsed;
    }
    return undefined;
  }

  #refusal(error: LibraryError, document: Document.Parsed<ParsedNode>): YamlError {
    const offset = offsetOf(error, document, this.#text);
    return this.#error(`line ${this.#line(offset)}: ${wordsOf(error)}`, offset, error);
  }

  /** Finds what aliases stand for, in the order of the text: a name may be given several times. */
  #bind(document: Document.Parsed): void {
    const anchors = new Map<string, Node>();
    yaml().visit(document, {
      Node: (_, node) => {
        if (yaml().isAlias(node)) {
          const target = anchors.get(node.source);
          if (target === undefined) throw this.#error(`unknown anchor '${node.source}' referenced`, start(node));
          this.#targets.set(node, target);
        } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }

  #node(node: Node, depth: number): ConfNode {
    if (depth > DEPTH_MAX) this.#depth.exceeded(start(node));
    this.#count(node);
    const place = this.#place(start(node));
    const { isAlias, isMap, isSeq } = yaml();
    if (isAlias(node)) return this.#alias(node, depth, place);
    if (isMap(node)) return this.#map(node, depth, place);
    if (isSeq(node))
      return { kind: "list", items: node.items.map((item) => this.#node(item as Node, depth + 1)), place };
    return this.#scalar(node, place);
  }

  /** Upstream's own bound for what aliases may make of a text: a bomb of ten lines would be billions. */
  #count(node: Node): void {
    this.#read++;
    if (this.#open.size > 0) this.#aliased++;
    const share = Math.min(0.99, Math.max(0.1, 0.99 - (0.89 * (this.#read - 400_000)) / 3_600_000));
    if (this.#aliased > 100 && this.#read > 1000 && this.#aliased / this.#read > share) {
      throw this.#error("document contains excessive aliasing", start(node));
    }
  }

  #alias(alias: Alias, depth: number, place: Place | undefined): ConfNode {
    if (this.#open.has(alias)) throw this.#error(`anchor '${alias.source}' value contains itself`, start(alias));
    this.#open.add(alias);
    const node = this.#node(this.#targets.get(alias)!, depth + 1);
    this.#open.delete(alias);
    // Where it is used, not where it was defined: that is the line that the user has to change.
    return { ...node, place };
  }

  #scalar(node: Node, place: Place | undefined): ConfNode {
    const { value, type } = node as Scalar;
    const text = String(value ?? "");
    const tag = tagOf(node);
    if (type === "QUOTE_DOUBLE" && /\p{Cs}/u.test(text)) {
      throw this.#error("found invalid Unicode character escape code", start(node));
    }
    if (tag === "" && type !== PLAIN) return scalar(this.#ended(text, node as Scalar), place, "string");
    if (tag === "!!binary") return scalar(this.#binary(text, start(node)), place, "string");
    try {
      const resolved = resolveScalar(text, tag);
      return scalar(resolved.value, place, resolved.type);
    } catch (error) {
      if (error instanceof ScalarError) throw this.#error(error.message, start(node), error);
      throw error;
    }
  }

  /** A block that ends with the text, in the middle of a line, ends without the line's end. */
  #ended(text: string, { type, range }: Scalar): string {
    const isBlock = type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED";
    if (!isBlock || !text.endsWith("\n") || (range?.[1] ?? 0) < this.#text.length) return text;
    return this.#text.endsWith("\n") ? text : text.slice(0, -1);
  }

  #binary(text: string, offset: number): string {
    const base64 = text.replace(/[\r\n]/g, "");
    if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
      throw this.#error("!!binary value contains invalid base64 data", offset);
    }
    return Buffer.from(base64, "base64").toString("utf8");
  }

  #map(map: YAMLMap, depth: number, place: Place | undefined): MapNode {
    const pairs = map.items as Pair<Node, Node | null>[];
    this.#findRepeated(pairs);
    const entries = new Map<string, Entry>();
    let general: MapNode["general"];
    let merged: Node | undefined;
    for (const { key: keyNode, value: valueNode } of pairs) {
      if (isMergeKey(keyNode)) {
        merged = valueNode ?? keyNode;
        continue;
      }
      const keyPlace = this.#place(start(keyNode));
      const key = this.#key(keyNode, depth);
      if (key.type !== "string" || !isTextTag(tagOf(keyNode))) general ??= { place: keyPlace };
      const value = valueNode === null ? scalar(null, keyPlace) : this.#node(valueNode, depth + 1);
      entries.set(formatScalar(key), { value, keyPlace });
    }
    if (merged !== undefined) {
      // What a merge key brings lies under the map's own keys, wherever it stands.
      for (const [key, entry] of this.#inherited(merged, depth)) if (!entries.has(key)) entries.set(key, entry);
    }
    return { kind: "map", entries, place, ...(general && { general }) };
  }

  /** Keys are the same when they are written the same: 1 and 0x1 are two. */
  #findRepeated(pairs: readonly Pair<Node, Node | null>[]): void {
    const { isAlias, isMap, isScalar } = yaml();
    const first = new Map<string, Node>();
    for (const { key } of pairs) {
      const text = isScalar(key)
        ? `s${String(key.value ?? "")}`
        : isAlias(key)
          ? `a${key.source}`
          : isMap(key)
            ? "m"
            : "l";
      const before = first.get(text);
      if (before === undefined) {
        first.set(text, key);
        continue;
      }
      const [line, earlier] = [this.#line(start(key)), this.#line(start(before))];
      if (this.#repeated.size === 0) this.#repeatedAt = start(key);
      const told = `line ${line}: mapping key ${quote(text.slice(1))} already defined at line ${earlier}`;
      this.#repeated.add(told);
    }
  }

  #key(node: Node, depth: number): { type: "string"; value: string } | ReturnType<typeof scalar> {
    const key = this.#node(node, depth + 1);
    if (key.kind === "scalar") return key;
    throw this.#error("invalid map key: a key must be a single value", start(node));
  }

  #inherited(merged: Node, depth: number): ReadonlyMap<string, Entry> {
    const { isAlias, isMap, isSeq } = yaml();
    const sources = isSeq(merged) ? (merged.items as Node[]) : [merged];
    const entries = new Map<string, Entry>();
    for (const source of sources) {
      if (!isMap(isAlias(source) ? this.#targets.get(source) : source)) {
        throw this.#error("map merge requires map or sequence of maps as the value", start(source));
      }
      const node = this.#node(source, depth + 1) as MapNode;
      for (const [key, entry] of node.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return entries;
  }

  #place(offset: number): Place | undefined {
    if (this.#source === undefined) return undefined;
    const { line, col } = this.#lines.linePos(offset);
    // The counter knows no line in an empty text.
    return { file: this.#source, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #line(offset: number): number {
    return Math.max(this.#lines.linePos(offset).line, 1);
  }
}

/** Short, like `!!int`; empty for a value that says nothing, or only `!`. */
function tagOf(node: Node): string {
  const tag = node.tag ?? "";
  if (tag === "!") return "";
  return tag.startsWith(LONG_TAG) ? `!!${tag.slice(LONG_TAG.length)}` : tag;
}

/** A key of any other tag is no text, whatever it is read as. */
function isTextTag(tag: string): boolean {
  return tag === "" || tag === "!!str";
}

/** How the library calls a value without quotes. */
const PLAIN = "PLAIN" satisfies Scalar.Type;
const LONG_TAG = "tag:yaml.org,2002:";

function isMergeKey(key: Node): boolean {
  if (!yaml().isScalar(key) || key.value !== "<<") return false;
  const tag = tagOf(key);
  return tag === "!!merge" || (tag === "" && key.type === PLAIN);
}

function start(node: Node): number {
  return node.range?.[0] ?? 0;
}
