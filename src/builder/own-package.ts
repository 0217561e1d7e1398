/** The npm package that this code is a part of: where it lies, and what it is called. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface OwnPackage {
  /** Absolute. */
  readonly root: string;
  readonly version: string;
}

let known: OwnPackage | undefined;

export function ownPackage(): OwnPackage {
  if (known !== undefined) return known;
  const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  known = { root, version };
  return known;
}
