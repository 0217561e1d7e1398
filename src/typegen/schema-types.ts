/** From JSON Schema, as schemars writes it, to types of TypeScript. */
import { FerruleError, messageOf } from "../core/errors.ts";
import type { Schema } from "../runtime/interface.ts";
import { comment, key } from "./words.ts";

/**
 * Where a type stands. What comes out is complete; of what goes in, fields with a default may be missing; a
 * configuration goes in as JSON, which has neither bytes nor dates.
 */
export type Direction = "output" | "input" | "config";

type Keywords = { readonly [keyword: string]: unknown };

/** Writes types. Names of named types go through `nameOf`. */
export class TypeWriter {
  readonly #direction: Direction;
  readonly #nameOf: (name: string) => string;

  constructor(direction: Direction, nameOf: (name: string) => string) {
    this.#direction = direction;
    this.#nameOf = nameOf;
  }

  /** @throws {FerruleError} `TYPE_UNSUPPORTED` */
  type(schema: Schema): string {
    if (typeof schema === "boolean") return schema ? "unknown" : "never";
    const parts: string[] = [];
    if (typeof schema.$ref === "string") parts.push(this.#nameOf(refName(schema.$ref)));
    for (const word of ["oneOf", "anyOf"]) {
      const choices = schema[word];
      if (Array.isArray(choices)) parts.push(union(choices.map((choice) => this.type(choice as Schema))));
    }
    if (Array.isArray(schema.allOf)) parts.push(...schema.allOf.map((part) => this.type(part as Schema)));
    if ("const" in schema) parts.push(JSON.stringify(schema.const));
    else if (Array.isArray(schema.enum)) parts.push(union(schema.enum.map((each) => JSON.stringify(each))));
    else if (schema.type !== undefined) {
      const types = Array.isArray(schema.type) ? schema.type : [schema.type];
      parts.push(union(types.map((type) => this.#plain(String(type), schema))));
    }
    // What has alternatives may name its type beside them, with nothing in it.
    const told = parts.length > 1 ? parts.filter((part) => part !== "{}" && part !== "unknown") : parts;
    if (told.length === 0) return parts.length === 0 ? "unknown" : (parts[0] ?? "unknown");
    return told.length === 1 ? (told[0] ?? "unknown") : told.map(grouped).join(" & ");
  }

  #plain(type: string, schema: Keywords): string {
    switch (type) {
      case "null":
        return "null";
      case "boolean":
        return "boolean";
      case "number":
        return "number";
      case "integer":
        return integer(schema);
      case "string":
        if (schema.format !== "timestamp") return "string";
        return this.#direction === "config" ? "Date | string" : "Date";
      case "array":
        return this.#array(schema);
      case "object":
        return this.#object(schema);
      default:
        throw unsupported(`a schema of type ${JSON.stringify(type)}`);
    }
  }

  #array(schema: Keywords): string {
    if (schema.format === "bytes") return this.#direction === "config" ? "readonly number[]" : "Uint8Array";
    if (Array.isArray(schema.prefixItems)) {
      return `readonly [${schema.prefixItems.map((item) => this.type(item as Schema)).join(", ")}]`;
    }
    const item = this.type((schema.items ?? true) as Schema);
    // An array of one length is written as its items, as long as somebody can read that.
    const { minItems, maxItems } = schema;
    if (typeof minItems === "number" && minItems === maxItems && minItems <= 16) {
      return `readonly [${Array.from({ length: minItems }, () => item).join(", ")}]`;
    }
    return `readonly ${grouped(item)}[]`;
  }

  #object(schema: Keywords): string {
    const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, Schema>>);
    const required = new Set((schema.required ?? []) as readonly string[]);
    const fields = properties.map(([name, field]) => {
      const docs = docsOf(field, this.#direction);
      const mark = required.has(name) ? "" : "?";
      const type = this.type(field).replaceAll("\n", "\n  ");
      // A field that is undefined is left out.
      const orUndefined = mark === "?" ? " | undefined" : "";
      return `${comment(docs, "  ")}  readonly ${key(name)}${mark}: ${type}${orUndefined};`;
    });
    const map = this.#map(schema);
    if (fields.length === 0) return map ?? "{}";
    const body = `{\n${fields.join("\n")}\n}`;
    return map === undefined ? body : `${body} & ${map}`;
  }

  /** The type of fields that have no name of their own. */
  #map(schema: Keywords): string | undefined {
    const record = (key: string, value: string): string => `Readonly<Record<${key}, ${value}>>`;
    const patterns = Object.entries((schema.patternProperties ?? {}) as Readonly<Record<string, Schema>>);
    const [pattern] = patterns;
    if (pattern !== undefined) {
      const isNumber = /^\^-?\??\\d/.test(pattern[0]);
      const value = this.type(pattern[1]);
      // Keys of objects are text: a Map is what has numbers for keys, on its way in.
      if (isNumber && this.#direction === "input") return `ReadonlyMap<number, ${value}>`;
      return record(isNumber ? "number" : "string", value);
    }
    const { additionalProperties } = schema;
    if (additionalProperties === undefined || additionalProperties === false) return undefined;
    return record("string", this.type(additionalProperties as Schema));
  }
}

/** As the SDK marks durations. A number has no unit of its own: its reader is told. */
const DURATION_FORMAT = "go-duration";
const DURATION_DOCS = "A duration: text such as `1m30s` or `500ms`, or a whole number of nanoseconds.";

function docsOf(field: Schema, direction: Direction): string {
  if (typeof field !== "object") return "";
  const docs = typeof field.description === "string" ? field.description : "";
  const parts = [field, ...(Array.isArray(field.anyOf) ? (field.anyOf as Schema[]) : [])];
  const isDuration = parts.some((part) => typeof part === "object" && part.format === DURATION_FORMAT);
  // What comes out is text, which shows its units.
  if (!isDuration || direction === "output") return docs;
  return docs === "" ? DURATION_DOCS : `${docs}\n\n${DURATION_DOCS}`;
}

function integer(schema: Keywords): string {
  if (schema.format === "wide") return "number | bigint";
  if (schema.format === "int128" || schema.format === "uint128") {
    throw unsupported("an integer of 128 bits: pass it as a String, or as ferrule::Wide of 64 bits");
  }
  return "number";
}

/** Whether `null` is such a value. @param named the types that references name */
export function takesNull(schema: Schema, named: Readonly<Record<string, Schema>>, seen = new Set<string>()): boolean {
  if (typeof schema === "boolean") return schema;
  if (typeof schema.$ref === "string") {
    const name = refName(schema.$ref);
    if (seen.has(name)) return false;
    return takesNull(named[name] ?? false, named, new Set([...seen, name]));
  }
  const choices = [schema.oneOf, schema.anyOf].filter(Array.isArray).flat() as Schema[];
  if (choices.some((choice) => takesNull(choice, named, seen))) return true;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.includes("null") || (Object.keys(schema).length === 0 && choices.length === 0);
}

/** Whether an empty object is none of these. @param named the types that references name */
export function needsFields(schema: Schema, named: Readonly<Record<string, Schema>>): boolean {
  if (typeof schema === "boolean") return false;
  if (typeof schema.$ref === "string") return needsFields(named[refName(schema.$ref)] ?? false, named);
  return Array.isArray(schema.required) && schema.required.length > 0;
}

const LONG = new Set(["int64", "uint64", "int", "uint", "wide"]);

/**
 * Which integers a type has, however deep: of 64 bits, those of them that may be bigints, and those that may not;
 * `unknown` may have any.
 */
export function integersOf(
  schema: Schema,
  named: Readonly<Record<string, Schema>>,
): { readonly long: boolean; readonly wide: boolean; readonly plain: boolean } {
  let long = false;
  let wide = false;
  let plain = false;
  const seen = new Set<string>();
  const visit = (each: unknown, isSchema: boolean): void => {
    if (each === true && isSchema) long = wide = true;
    if (typeof each !== "object" || each === null) return;
    if (Array.isArray(each)) {
      for (const item of each) visit(item, isSchema);
      return;
    }
    const keywords = each as Keywords;
    if (isSchema) {
      if (typeof keywords.$ref === "string") {
        const name = refName(keywords.$ref);
        if (!seen.has(name)) {
          seen.add(name);
          visit(named[name] ?? true, true);
        }
      }
      if (keywords.type === "integer" || (Array.isArray(keywords.type) && keywords.type.includes("integer"))) {
        const isWide = keywords.format === "wide";
        long ||= LONG.has(String(keywords.format));
        wide ||= isWide;
        plain ||= !isWide && LONG.has(String(keywords.format));
      }
      const told = Object.keys(keywords).filter((word) => word !== "description" && word !== "title");
      if (told.length === 0) long = wide = true;
      for (const word of ["oneOf", "anyOf", "allOf", "items", "prefixItems"]) visit(keywords[word], true);
      if (typeof keywords.additionalProperties === "object") visit(keywords.additionalProperties, true);
      if (keywords.additionalProperties === true) long = wide = true;
      for (const word of ["properties", "patternProperties"]) {
        for (const field of Object.values((keywords[word] ?? {}) as object)) visit(field, true);
      }
    }
  };
  visit(schema, true);
  return { long, wide, plain };
}

/** Names that a schema refers to, by itself. */
export function refsOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) for (const each of schema) refsOf(each, found);
  else if (typeof schema === "object" && schema !== null) {
    for (const [word, value] of Object.entries(schema)) {
      if (word === "$ref" && typeof value === "string") found.add(refName(value));
      else refsOf(value, found);
    }
  }
  return found;
}

/** @throws {FerruleError} `TYPE_UNSUPPORTED` for a reference to elsewhere */
function refName(ref: string): string {
  const name = /^#\/\$defs\/(.*)$/.exec(ref)?.[1];
  if (name === undefined) throw unsupported(`a reference to ${messageOf(ref)}`);
  return decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
}

function union(types: readonly string[]): string {
  return [...new Set(types.flatMap((type) => (type === "Date | string" ? ["Date", "string"] : [type])))].join(" | ");
}

/** In brackets, if a type operator beside it would take it apart. */
function grouped(type: string): string {
  return type.startsWith("readonly ") || hasOperator(type) ? `(${type})` : type;
}

/** Whether `|` or `&` stands outside of all brackets and texts. */
function hasOperator(type: string): boolean {
  let depth = 0;
  for (const [part] of type.matchAll(/"(?:[^"\\]|\\.)*"|\/\*\*.*?\*\/|[{}()[\]<>|&]/gs)) {
    if (part.length > 1) continue;
    if ("{([<".includes(part)) depth++;
    else if ("})]>".includes(part)) depth--;
    else if (depth === 0) return true;
  }
  return false;
}

function unsupported(what: string): FerruleError {
  return new FerruleError("TYPE_UNSUPPORTED", `there is no type in TypeScript for ${what}`, { permanent: true });
}
