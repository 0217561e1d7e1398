/**
 * The defaults of a Rust configuration under a section, below its first level. At the first level Rust fills in what is
 * absent, from the defaults of the whole; further down it would take those of the inner type, which may be others.
 */
import { schemaAt } from "./schema-path.ts";
import type { JsonSchema } from "./standard-schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** True when there is something to fill: most sections are flat. */
export function isNested(fields: Fields): boolean {
  return Object.values(fields).some(isFields);
}

/** The section with what the defaults have in its inner maps. A map whose keys are free, and one of several variants,
 * is a value: it stays as it is. */
export function overNestedDefaults(schema: JsonSchema, defaults: Fields, section: Fields): Fields {
  const fill = (below: Fields, fields: Fields, path: readonly string[]): Fields => {
    const filled = Object.entries(fields).map(([key, value]): [string, unknown] => {
      const inner = Object.hasOwn(below, key) ? below[key] : undefined;
      const at = [...path, key];
      return [key, isFields(inner) && isFields(value) && isStruct(schema, at) ? fill(inner, value, at) : value];
    });
    return Object.fromEntries(path.length === 0 ? filled : [...Object.entries(below), ...filled]);
  };
  return fill(defaults, section, []);
}

function isStruct(schema: JsonSchema, path: readonly string[]): boolean {
  const found = schemaAt(schema, path);
  return isFields(found?.properties) && !["oneOf", "anyOf", "allOf"].some((keyword) => Object.hasOwn(found!, keyword));
}

function isFields(value: unknown): value is Fields {
  return Object.prototype.toString.call(value) === "[object Object]";
}
