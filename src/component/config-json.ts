/** From configuration values to the JSON that crosses to Rust, without the losses of `JSON.stringify`. */
import { FerruleError } from "../core/errors.ts";

/** The JSON text of a section. Whole numbers beyond 2^53 keep every digit.
 * @throws {FerruleError} `CONFIG_INVALID` for a value that JSON cannot say; the text begins with its path */
export function toConfigJson(values: Readonly<Record<string, unknown>>): string {
  return write(values, "");
}

function write(value: unknown, path: string): string {
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
      return writeObject(value, path);
    default:
      throw unsayable(path, `a ${typeof value} is no configuration value`);
  }
}

function writeObject(value: object | null, path: string): string {
  if (value === null) return "null";
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item, index) => write(item, `${path}[${index}]`)).join(",")}]`;
  const fields: string[] = [];
  for (const [key, field] of Object.entries(value)) {
    // An absent field of an object literal; in an array it would be a hole, which is refused above.
    if (field === undefined) continue;
    fields.push(`${JSON.stringify(key)}:${write(field, path === "" ? key : `${path}.${key}`)}`);
  }
  return `{${fields.join(",")}}`;
}

function unsayable(path: string, what: string): FerruleError {
  return new FerruleError("CONFIG_INVALID", path === "" ? what : `${path}: ${what}`, { permanent: true });
}
