/** Values as JSON that can carry them all: what it cannot say has an object with one key that begins with `$`. */
import { formatFloat } from "../../dist/confmap/scalars.js";
import { ExpandedValue, Timestamp } from "../../dist/index.js";

export function toPlain(value) {
  if (value instanceof ExpandedValue) {
    return { $expanded: { value: toPlain(value.value), original: value.original } };
  }
  if (value instanceof Timestamp) return { $time: value.rfc3339 };
  if (typeof value === "bigint") return { $int: value.toString() };
  // Whole numbers of this size would be a bigint: it is a float.
  if (typeof value === "number" && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
    return { $float: formatFloat(value) };
  }
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  const object = {};
  for (const [key, field] of Object.entries(value)) {
    const descriptor = { value: toPlain(field), enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, key, descriptor);
  }
  return object;
}
