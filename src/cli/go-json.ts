/** JSON as Go writes it: keys in order, `<`, `>` and `&` escaped, durations as nanoseconds. */
import { Duration } from "../component/duration.ts";
import { Float } from "../component/float.ts";
import { NIL_LIST, NIL_MAP, type Printed } from "../config/print-collector.ts";
import { sorted } from "../confmap/merge.ts";
import { FerruleError } from "../core/errors.ts";

/** The whole text, indented by two, with the end of its last line. */
export function formatJson(value: Printed): string {
  return `${write(value, "")}\n`;
}

function write(value: Printed, indent: string): string {
  if (value === NIL_MAP || value === NIL_LIST || value === null || value === undefined) return "null";
  if (value instanceof Duration) return value.nanoseconds.toString();
  if (value instanceof Float) return float(value.value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return text(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => inner + write(item, inner));
    return items.length === 0 ? "[]" : `[\n${items.join(",\n")}\n${indent}]`;
  }
  if (typeof value !== "object") return JSON.stringify(value);
  const map = value as Record<string, Printed>;
  const fields = sorted(Object.keys(map)).map((key) => `${inner}${text(key)}: ${write(map[key], inner)}`);
  return fields.length === 0 ? "{}" : `{\n${fields.join(",\n")}\n${indent}}`;
}

/** @throws {FerruleError} for what JSON has no words for */
function float(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  const name = Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  throw new FerruleError("CONFIG_INVALID", `json: unsupported value: ${name}`, { permanent: true });
}

function text(value: string): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
