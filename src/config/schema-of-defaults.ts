/** What the defaults of a factory without a schema say of its section: which keys there are, and which are maps. */
import { Duration } from "../component/duration.ts";
import { Opaque } from "../component/opaque.ts";
import { Optional } from "../component/optional.ts";
import type { JsonSchema } from "../component/standard-schema.ts";
import { hasFields, takesMap } from "./shapes.ts";
import { ENABLED } from "./typed-values.ts";

const UNIT = "(?:ns|us|µs|μs|ms|s|m|h)";

/** As `decodeExtensions` reads a section without a schema. */
export function schemaOfDefaults(defaults: unknown): JsonSchema {
  return hasFields(defaults) ? fieldsSchema(defaults) : { type: "object", additionalProperties: false };
}

function fieldsSchema(defaults: Readonly<Record<string, unknown>>, more: JsonSchema = {}): JsonSchema {
  const fields = Object.entries(defaults).map(([name, value]) => [name, valueSchema(value)]);
  return { type: "object", properties: { ...Object.fromEntries(fields), ...more }, additionalProperties: false };
}

function valueSchema(value: unknown): JsonSchema {
  if (value instanceof Duration) {
    const text = { type: "string", pattern: `^[-+]?(?:0|(?:(?:\\d+\\.?\\d*|\\.\\d+)${UNIT})+)$` };
    return { anyOf: [text, { type: ["integer", "null"] }], default: value.toString() };
  }
  if (value instanceof Opaque) return { type: ["string", "null"], writeOnly: true };
  if (value instanceof Optional) return optionalSchema(value.getOrDefault());
  if (hasFields(value)) return { anyOf: [fieldsSchema(value), { type: "null" }] };
  if (takesMap(value)) return { type: ["object", "null"] };
  return isPlainScalar(value) ? { default: value } : {};
}

function optionalSchema(value: unknown): JsonSchema {
  const enabled = { [ENABLED]: { type: "boolean", description: "False: as if the section were not there." } };
  if (hasFields(value)) return { anyOf: [fieldsSchema(value, enabled), { type: "null" }] };
  return value === undefined ? {} : { anyOf: [valueSchema(value), { type: "null" }] };
}

function isPlainScalar(value: unknown): boolean {
  return value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
}
