/** Finding one's way in a JSON Schema. */
import type { JsonSchema } from "./standard-schema.ts";

/** The schema of what stands at `path`, through references and past null; undefined where the schema does not say. */
export function schemaAt(root: JsonSchema, path: readonly (string | number)[]): JsonSchema | undefined {
  let schema = dereferenced(root, root);
  for (const key of path) {
    if (schema === undefined) return undefined;
    const { properties, items, additionalProperties } = schema;
    const named = isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
    const inner = named ?? (typeof key === "number" ? items : additionalProperties);
    schema = isObject(inner) ? dereferenced(root, inner) : undefined;
  }
  return schema;
}

/** More references in a row than any schema has: they lead in a circle. */
const REFERENCES_MAX = 32;

function dereferenced(root: JsonSchema, schema: JsonSchema): JsonSchema | undefined {
  let plain: unknown = schema;
  for (let count = 0; count < REFERENCES_MAX && isObject(plain); count++) {
    const { $ref, anyOf } = plain;
    if (typeof $ref === "string") plain = pointed(root, $ref);
    else if (Array.isArray(anyOf)) {
      const others = anyOf.filter((each) => !isObject(each) || each.type !== "null");
      if (others.length !== 1) return plain;
      plain = others[0];
    } else return plain;
  }
  return undefined;
}

/** What a value may be: the schema without its references, and each of its variants. */
export function alternatives(root: JsonSchema, schema: unknown, depth = 0): readonly JsonSchema[] {
  if (!isObject(schema) || depth > REFERENCES_MAX) return [];
  const { $ref, anyOf, oneOf, allOf } = schema;
  const parts = [anyOf, oneOf, allOf].flatMap((list: unknown) => (Array.isArray(list) ? (list as unknown[]) : []));
  const referred = typeof $ref === "string" ? [pointed(root, $ref)] : [];
  const inner = [...referred, ...parts].flatMap((part) => alternatives(root, part, depth + 1));
  const { type, properties, items, prefixItems, additionalProperties, format, writeOnly } = schema;
  const own = [properties, items, prefixItems, additionalProperties, format, writeOnly];
  // Null stands for no value: it is no variant.
  return own.some((keyword) => keyword !== undefined) && type !== "null" ? [schema, ...inner] : inner;
}

function pointed(root: JsonSchema, reference: string): unknown {
  if (!reference.startsWith("#")) return undefined;
  const keys = reference.slice(1).split("/").slice(1);
  const names = keys.map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    root,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
