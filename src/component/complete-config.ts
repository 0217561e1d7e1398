/**
 * A Rust configuration as it applies, for people: every default filled in, secrets and durations as what they are. What
 * Rust knows of its fields stands in their JSON Schema.
 */
import { Duration } from "./duration.ts";
import { isFields, OPTIONAL_FORMAT, overNestedDefaults, withoutSwitch } from "./nested-defaults.ts";
import { Opaque } from "./opaque.ts";
import { alternatives } from "./schema-path.ts";
import type { JsonSchema } from "./standard-schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** As the SDK marks durations. */
const DURATION_FORMAT = "go-duration";

/** The values with what is absent filled in, from the defaults of the whole and then from those of each field. Secrets
 * become {@link Opaque}, durations {@link Duration}; optional sections without a value become undefined. */
export function completed(root: JsonSchema, defaults: Fields, values: Fields): Record<string, unknown> {
  const laid = overNestedDefaults(root, defaults, values);
  return fieldsOf(root, alternatives(root, root), { ...defaults, ...laid });
}

/** A value as its schema has it, with secrets as {@link Opaque}.
 * @param root the schema that references in `schema` lead into */
export function typed(root: JsonSchema, schema: unknown, value: unknown): unknown {
  return typedBy(root, [schema], value);
}

/** @param schemas what the value may be: one of several for an enum of Rust */
function typedBy(root: JsonSchema, schemas: readonly unknown[], value: unknown): unknown {
  const known = schemas.flatMap((schema) => alternatives(root, schema));
  const isOptional = known.some(({ format }) => format === OPTIONAL_FORMAT);
  if (value === null) return isOptional ? undefined : null;
  if (known.some(({ writeOnly }) => writeOnly === true)) return new Opaque(String(value));
  if (known.some(({ format }) => format === DURATION_FORMAT)) return durationOf(value);
  if (Array.isArray(value)) return value.map((item: unknown, index) => typedBy(root, itemSchemas(known, index), item));
  if (!isFields(value)) return value;
  if (!isOptional) return fieldsOf(root, known, value);
  return value.enabled === false ? undefined : fieldsOf(root, known, withoutSwitch(value));
}

function itemSchemas(known: readonly JsonSchema[], index: number): unknown[] {
  return known.map(({ items, prefixItems }) => (Array.isArray(prefixItems) ? prefixItems[index] : undefined) ?? items);
}

function fieldsOf(root: JsonSchema, known: readonly JsonSchema[], values: Fields): Record<string, unknown> {
  const schemasOf = (key: string): unknown[] =>
    known.map(({ properties, additionalProperties }) =>
      isFields(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties,
    );
  // Of several variants, the keys that are there say which one it is: what others would add is not in it.
  const properties = known.length === 1 ? known[0]?.properties : undefined;
  const absent = Object.entries(isFields(properties) ? properties : {}).flatMap(([key, schema]) =>
    !Object.hasOwn(values, key) && isFields(schema) && Object.hasOwn(schema, "default") ? [[key, schema.default]] : [],
  );
  const entries = [...Object.entries(values), ...(absent as [string, unknown][])];
  return Object.fromEntries(entries.map(([key, value]) => [key, typedBy(root, schemasOf(key), value)]));
}

/** What Rust would refuse is shown as it is. */
function durationOf(value: unknown): unknown {
  try {
    if (typeof value === "string") return Duration.parse(value);
    return Number.isInteger(value) || typeof value === "bigint" ? new Duration(BigInt(value as number)) : value;
  } catch {
    return value;
  }
}
