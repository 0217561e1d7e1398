/** Files that a build writes: only when they change, so that neither cargo nor a watcher sees news where is none. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The text of a file; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Writes a text, and the folders on its path. Leaves a file alone that holds it already.
 * @returns whether it was written */
export function writeIfChanged(path: string, text: string, mode = 0o644): boolean {
  if (readIfThere(path) === text) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  return true;
}
