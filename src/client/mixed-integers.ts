/** Results in which some integers may be bigints and others may not: which, their schema says. */
import type { Schema } from "../runtime/interface.ts";
import { narrow } from "./values.ts";

type Named = Readonly<Record<string, Schema>>;

/**
 * What checks a result of this type, as `narrow` does where no integer may be a bigint.
 * @param named types that the schema refers to
 */
export function narrowBy(schema: Schema, named: Readonly<Record<string, Schema>>): (value: unknown) => unknown {
  return (value) => {
    check(value, [schema], named);
    return value;
  };
}

/** @param schemas those of which one is the value's @throws {FerruleError} `CODEC_ERROR` */
function check(value: unknown, schemas: readonly Schema[], named: Named): void {
  if (typeof value === "bigint") {
    if (!alternatives(schemas, value, named).some(isWide)) narrow(value);
    return;
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof Date) return;
  const fitting = alternatives(schemas, value, named);
  for (const [key, each] of Object.entries(value)) {
    const parts = fitting.flatMap((schema) => partsOf(schema, key, Array.isArray(value)));
    // Two alternatives may lead to one schema, which would double with each level.
    check(each, [...new Set(parts)], named);
  }
}

/** The schemas and all that they refer to or offer, as far as they do not rule the value out; each once. */
function alternatives(schemas: readonly Schema[], value: unknown, named: Named): Schema[] {
  const found = new Set<Schema>(schemas);
  for (const schema of found) {
    if (typeof schema === "boolean" || !fits(schema, value)) {
      if (schema !== true) found.delete(schema);
      continue;
    }
    const { $ref, oneOf, anyOf, allOf } = schema;
    for (const other of [oneOf, anyOf, allOf].filter(Array.isArray).flat() as Schema[]) found.add(other);
    if (typeof $ref === "string") found.add(named[refName($ref)] ?? true);
  }
  return [...found];
}

function refName(ref: string): string {
  return decodeURIComponent(ref.replace("#/$defs/", "")).replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Whether an object has the fields that the schema wants, with the values that it names. */
function fits({ properties, required }: { readonly [keyword: string]: unknown }, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  const fields = value as Readonly<Record<string, unknown>>;
  if (Array.isArray(required) && required.some((name: string) => !Object.hasOwn(fields, name))) return false;
  return Object.entries((properties ?? {}) as Named).every(([name, schema]) => {
    return typeof schema === "boolean" || !("const" in schema) || schema.const === fields[name];
  });
}

function isWide(schema: Schema): boolean {
  return typeof schema === "boolean" ? schema : schema.format === "wide" || Object.keys(schema).length === 0;
}

/** What a schema says of one field, or of one item. */
function partsOf(schema: Schema, key: string, isArray: boolean): Schema[] {
  if (typeof schema === "boolean") return [schema];
  if (isArray) {
    const place = Number(key);
    const { prefixItems, items } = schema;
    if (Array.isArray(prefixItems) && place < prefixItems.length) return [prefixItems[place]];
    return items === undefined ? [] : [items as Schema];
  }
  const properties = (schema.properties ?? {}) as Named;
  if (Object.hasOwn(properties, key)) return [properties[key] as Schema];
  const patterns = Object.values((schema.patternProperties ?? {}) as Named);
  const { additionalProperties: rest } = schema;
  return rest === undefined || rest === false ? patterns : [...patterns, rest as Schema];
}
