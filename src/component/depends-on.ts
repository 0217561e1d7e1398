/** `depends_on`: the key that any Rust extension's section may hold. It is ferrule's own, and Rust never sees it. */
import { FerruleError, messageOf } from "../core/errors.ts";
import { ComponentId } from "../core/id.ts";

/** The key, as it stands in a section. */
export const DEPENDS_ON = "depends_on";

/** Reads the list of ids that a section's `depends_on` holds; absent and null are the empty list.
 * @throws {FerruleError} `CONFIG_INVALID`; the text begins with the path of what is wrong */
export function readDependsOn(value: unknown): readonly ComponentId[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(DEPENDS_ON, `expected a list of extension ids, got ${kindOf(value)}`);
  return value.map((item: unknown, index) => {
    const path = `${DEPENDS_ON}[${index}]`;
    if (typeof item !== "string") throw invalid(path, `expected an extension id, got ${kindOf(item)}`);
    try {
      return ComponentId.parse(item);
    } catch (error) {
      throw invalid(path, messageOf(error), error);
    }
  });
}

/** `first` and then what `second` adds, each id once. */
export function mergeIds(first: readonly ComponentId[], second: readonly ComponentId[]): readonly ComponentId[] {
  return [...new Map([...first, ...second].map((id) => [id.toString(), id])).values()];
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}

function invalid(path: string, what: string, cause?: unknown): FerruleError {
  return new FerruleError("CONFIG_INVALID", `${path}: ${what}`, { permanent: true, cause });
}
