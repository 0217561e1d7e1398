/** The typed clients of a library: written from what it says of itself, and told where it lies. */
import { readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { type Form, generateClient, HEADER } from "../typegen/index.ts";
import type { DescribeAnswer } from "./describe.ts";
import { readIfThere, writeIfChanged } from "./files.ts";

/**
 * Writes clients into a folder, and removes those of types that are no more.
 * @param library the module that says where the library is
 * @param forms in what the clients are written
 * @returns paths of the modules
 */
export function writeClient(
  folder: string,
  extensions: DescribeAnswer["extensions"],
  library: string,
  forms: readonly Form[],
): string[] {
  const path = relative(folder, library);
  const options = { library: path.startsWith(".") ? path : `./${path}`, forms };
  const files = generateClient(extensions, options);
  for (const { path, text } of files) writeIfChanged(join(folder, path), text);
  const kept = new Set(files.map((file) => file.path));
  for (const name of namesIn(folder)) {
    if (!kept.has(name) && readIfThere(join(folder, name))?.startsWith(HEADER) === true) rmSync(join(folder, name));
  }
  return files.filter((file) => !file.path.endsWith(".d.ts")).map((file) => join(folder, file.path));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /\.[jt]s$/.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
