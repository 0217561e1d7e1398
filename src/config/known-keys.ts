/** The keys that a component's section may have, for "did you mean": of its JSON Schema, or else of its defaults. */
import type { ComponentFactory } from "../component/factory.ts";
import { Optional } from "../component/optional.ts";
import { schemaAt } from "../component/schema-path.ts";
import { type JsonSchema, toJsonSchema } from "../component/standard-schema.ts";
import type { KeyPath } from "./decoder.ts";
import { isObject } from "./shapes.ts";

/** The keys of the map at `path` in a section; undefined where nothing is known of it. */
export function knownKeys(factory: ComponentFactory, path: KeyPath): readonly string[] | undefined {
  const schema = jsonSchemaOf(factory);
  const properties = schema && schemaAt(schema, path)?.properties;
  if (isObject(properties)) return Object.keys(properties);
  const defaults = path.reduce<unknown>((value, key) => inside(value)?.[key], factory.createDefaultConfig());
  const fields = inside(defaults);
  return fields === undefined ? undefined : Object.keys(fields);
}

/** What a factory says of its section's form: by hand, or through its schema. */
export function jsonSchemaOf({ configJsonSchema, configSchema }: ComponentFactory): JsonSchema | undefined {
  return configJsonSchema ?? (configSchema === undefined ? undefined : toJsonSchema(configSchema));
}

function inside(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const inner = value instanceof Optional ? value.getOrDefault() : value;
  return isObject(inner) ? inner : undefined;
}
