/** From configuration values to the JSON that crosses to Rust, without the losses of `JSON.stringify`. */
import { FerruleError } from "./errors.ts";

/** The JSON text of a configuration. Whole numbers beyond 2^53 keep every digit.
 * @throws {FerruleError} `CONFIG_INVALID` for a value that JSON cannot say; the text begins with its path */
export function toConfigJson(values: object): string {
  return write(values, "", new Set());
}

/** @param above the objects that hold this one */
function write(value: unknown, path: string, above: Set<object>): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "bigint":
      return value.toString();
    case "number":
      // JSON.stringify writes null here: Rust would take a default, or complain of a null that nobody wrote.
      if (!Number.isFinite(value)) throw unsayable(path, `${value} is no number that JSON knows`);
      return JSON.stringify(value);
    case "object":
      return writeObject(value, path, above);
    default:
      throw unsayable(path, `a ${typeof value} is no configuration value`);
  }
}

function writeObject(value: object | null, path: string, above: Set<object>): string {
  if (value === null) return "null";
  if (value instanceof Date) return JSON.stringify(value);
  const kind = Object.prototype.toString.call(value);
  // A Map or a Set would be an empty object: what it holds would be lost without a word.
  if (kind !== "[object Object]" && !Array.isArray(value)) throw unsayable(path, `${kind} is no configuration value`);
  if (above.has(value)) throw unsayable(path, "it holds itself");
  above.add(value);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => write(item, `${path}[${index}]`, above));
    above.delete(value);
    return `[${items.join(",")}]`;
  }
  const fields: string[] = [];
  for (const [key, field] of Object.entries(value)) {
    // An absent field of an object literal; in an array it would be a hole, which is refused above.
    if (field === undefined) continue;
    fields.push(`${JSON.stringify(key)}:${write(field, path === "" ? key : `${path}.${key}`, above)}`);
  }
  above.delete(value);
  return `{${fields.join(",")}}`;
}

function unsayable(path: string, what: string): FerruleError {
  return new FerruleError("CONFIG_INVALID", path === "" ? what : `${path}: ${what}`, { permanent: true });
}
