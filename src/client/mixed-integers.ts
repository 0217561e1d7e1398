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
    check(
      each,
      fitting.flatMap((schema) => partsOf(schema, key, Array.isArray(value))),
      named,
    );
  }
}

/** Schemas without references and alternatives, which do not rule the value out. */
function alternatives(schemas: readonly Schema[], value: unknown, named: Named): Schema[] {
  return schemas.flatMap((schema): Schema[] => {
    if (typeof schema === "boolean") return schema ? [schema] : [];
    const { $ref, oneOf, anyOf, allOf } = schema;
    const own = fits(schema, value) ? [schema] : [];
    if (own.length === 0) return [];
    const others: Schema[] = [oneOf, anyOf, allOf].filter(Array.isArray).flat();
    if (typeof $ref === "string") others.push(named[decodeURIComponent($ref.replace("#/$defs/", ""))] ?? true);
    return [...own, ...alternatives(others, value, named)];
  });
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
