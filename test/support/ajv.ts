/** A validator of JSON Schema, as editors and other tools have one. */
import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonSchema } from "../../dist/index.js";

const compiled = new Map<string, (value: unknown) => boolean>();

/** Whether the schema accepts the value. The schema itself has to be one. */
export function accepts(schema: JsonSchema, value: unknown): boolean {
  const text = JSON.stringify(schema);
  let check = compiled.get(text);
  if (check === undefined) {
    // Formats like `uint64` are for people; unknown keywords are not.
    const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false });
    check = ajv.compile(schema) as (value: unknown) => boolean;
    compiled.set(text, check);
  }
  return check(value);
}
