/**
 * The defaults of a Rust configuration under a section, below its first level. At the first level Rust fills in what is
 * absent, from the defaults of the whole; further down it would take those of the inner type, which may be others.
 */
import { schemaAt } from "./schema-path.ts";
import type { JsonSchema } from "./standard-schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** As the SDK marks sections that may be absent. */
export const OPTIONAL_FORMAT = "optional-section";
/** The key that switches such a section. */
const ENABLED = "enabled";

/** True when there is something to fill: most sections are flat. */
export function isNested(fields: Fields): boolean {
  return Object.values(fields).some((value) => value === null || isFields(value));
}

/**
 * The section with what the defaults have in its inner maps. A map whose keys are free, and one of several variants, is
 * a value: it stays as it is. An optional section that is named, by a null too, is laid over the value that stands
 * ready.
 */
export function overNestedDefaults(schema: JsonSchema, defaults: Fields, values: Fields): Fields {
  const fill = (below: Fields, fields: Fields, path: readonly string[]): Fields => {
    const filled = Object.entries(fields).map(([key, value]): [string, unknown] => {
      const inner = Object.hasOwn(below, key) ? below[key] : undefined;
      const at = [...path, key];
      if (!isFields(inner) || !(value === null || isFields(value))) return [key, value];
      const known = schemaAt(schema, at);
      if (known?.format === OPTIONAL_FORMAT) return [key, fill(withoutSwitch(inner), value ?? {}, at)];
      return [key, value !== null && isStruct(known) ? fill(inner, value, at) : value];
    });
    return Object.fromEntries(path.length === 0 ? filled : [...Object.entries(below), ...filled]);
  };
  return fill(defaults, values, []);
}

/** The fields of an optional section, without the key that says whether there is one. */
export function withoutSwitch(fields: Fields): Fields {
  const { [ENABLED]: _, ...rest } = fields;
  return rest;
}

function isStruct(schema: JsonSchema | undefined): boolean {
  return (
    isFields(schema?.properties) && !["oneOf", "anyOf", "allOf"].some((keyword) => Object.hasOwn(schema!, keyword))
  );
}

export function isFields(value: unknown): value is Fields {
  return Object.prototype.toString.call(value) === "[object Object]";
}
