/** The keys that a component's section may have, for "did you mean": of its JSON Schema, or else of its defaults. */
import type { ExtensionFactory } from "../component/extension.ts";
import { Optional } from "../component/optional.ts";
import { type JsonSchema, toJsonSchema } from "../component/standard-schema.ts";
import type { KeyPath } from "./decoder.ts";
import { isObject } from "./shapes.ts";

/** The keys of the map at `path` in a section; undefined where nothing is known of it. */
export function knownKeys(factory: ExtensionFactory, path: KeyPath): readonly string[] | undefined {
  const schema = jsonSchemaOf(factory);
  const properties = schema && at(schema, schema, path)?.properties;
  if (isObject(properties)) return Object.keys(properties);
  const defaults = path.reduce<unknown>((value, key) => inside(value)?.[key], factory.createDefaultConfig());
  const fields = inside(defaults);
  return fields === undefined ? undefined : Object.keys(fields);
}

/** What a factory says of its section's form: by hand, or through its schema. */
export function jsonSchemaOf({ configJsonSchema, configSchema }: ExtensionFactory): JsonSchema | undefined {
  return configJsonSchema ?? (configSchema === undefined ? undefined : toJsonSchema(configSchema));
}

/** The schema of what stands at `path`, through references and what may also be null. */
export function at(root: JsonSchema, schema: JsonSchema, path: KeyPath): JsonSchema | undefined {
  const [key, ...rest] = path;
  const plain = dereferenced(root, schema);
  if (key === undefined || plain === undefined) return plain;
  const { properties, items, additionalProperties } = plain;
  const named = isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const inner = named ?? (typeof key === "number" ? items : additionalProperties);
  return isObject(inner) ? at(root, inner, rest) : undefined;
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

function pointed(root: JsonSchema, reference: string): unknown {
  if (!reference.startsWith("#")) return undefined;
  const keys = reference.slice(1).split("/").slice(1);
  const names = keys.map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    root,
  );
}

function inside(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const inner = value instanceof Optional ? value.getOrDefault() : value;
  return isObject(inner) ? inner : undefined;
}
