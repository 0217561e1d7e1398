/**
 * A component's JSON Schema as a part of the file's: its references led to where it stands now, and references of the
 * configuration allowed wherever a value stands.
 */
import { typed } from "../component/complete-config.ts";
import { Opaque } from "../component/opaque.ts";
import type { JsonSchema } from "../component/standard-schema.ts";
import { isObject, isPlain } from "./shapes.ts";

/** Keywords that hold schemas by name. Of these, the ones that describe values take references. */
const BY_NAME = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
/** Keywords that hold one schema, or (in older drafts) a list. */
const SINGLE = [
  "items",
  "additionalItems",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "contains",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
];
const LISTS = ["prefixItems", "allOf", "anyOf", "oneOf"];
/** Under these stands the value of a key or of an item. */
const VALUES = ["properties", "patternProperties", "items", "additionalItems", "additionalProperties", "prefixItems"];
/** Belong to a schema that is a document of its own. */
const DOCUMENT = ["$schema", "$id", "id"];
/** What editors show, which must stand at the outside. */
const SHOWN = ["title", "description", "default", "deprecated", "writeOnly", "examples"];

/** What keeps text from being just any text. */
const NARROWING = [
  "enum",
  "const",
  "pattern",
  "format",
  "minLength",
  "maxLength",
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "$ref",
];

/** The schema at its new place.
 * @param place where it stands: `#/$defs/type`
 * @param reference the schema of a reference in a configuration */
export function embedded(schema: JsonSchema, place: string, reference: JsonSchema): JsonSchema {
  const move = (part: unknown, keyword: string): unknown => {
    if (Array.isArray(part)) return part.map((each: unknown) => move(each, keyword));
    if (!isObject(part)) return part;
    const moved = moveInside(part);
    return VALUES.includes(keyword) && !takesAnyText(part) ? orReference(moved, reference) : moved;
  };
  const moveInside = (part: JsonSchema): JsonSchema => {
    const moved = Object.entries(part).map(([keyword, value]): [string, unknown] => {
      if (keyword === "default") return [keyword, shown(typed(schema, part, value))];
      if (keyword === "$ref" && typeof value === "string") return [keyword, value.replace(/^#/, () => place)];
      if (SINGLE.includes(keyword) || LISTS.includes(keyword)) return [keyword, move(value, keyword)];
      if (!BY_NAME.includes(keyword) || !isObject(value)) return [keyword, value];
      return [keyword, mapped(value, (each) => move(each, keyword))];
    });
    const result = Object.fromEntries(moved.filter(([, value]) => value !== undefined));
    // A key that is a path is taken apart before the component sees it.
    if (result.additionalProperties !== false) return result;
    return { ...result, patternProperties: { ...(result.patternProperties as object | undefined), "::": {} } };
  };
  const inside = moveInside(schema);
  return Object.fromEntries(Object.entries(inside).filter(([keyword]) => !DOCUMENT.includes(keyword)));
}

/** A default as editors offer it: without what is secret in it, and in the forms that a file has. */
function shown(value: unknown): unknown {
  if (value instanceof Opaque) return undefined;
  if (Array.isArray(value)) return value.map(shown);
  if (!isObject(value)) return value;
  if (!isPlain(value)) return String(value);
  const fields = Object.entries(value).map(([key, field]) => [key, shown(field)]);
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
}

function mapped(fields: JsonSchema, make: (value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, make(value)]));
}

function takesAnyText(schema: JsonSchema): boolean {
  if (NARROWING.some((keyword) => Object.hasOwn(schema, keyword))) return false;
  const { type } = schema;
  return type === undefined || type === "string" || (Array.isArray(type) && type.includes("string"));
}

function orReference(schema: JsonSchema, reference: JsonSchema): JsonSchema {
  const shown = Object.entries(schema).filter(([keyword]) => SHOWN.includes(keyword));
  return { ...Object.fromEntries(shown), anyOf: [schema, reference] };
}
