/**
 * Where the library is that comes with this package: built in this clone, or installed as a package of its own, which
 * npm chooses by platform.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LibraryError } from "../core/errors.ts";
import { checkPlatform, glibcVersion } from "./platform.ts";

/** The one platform that there is a library for. */
const PACKAGE = "@ferrule/linux-x64-gnu";

/** What is looked at; tests bring their own. */
export interface BundledPlaces {
  /** Root of this package. */
  readonly root: string;
  /** Version of the C library of this system; undefined when it says none. */
  readonly glibc: string | undefined;
}

/** Its path.
 * @throws {LibraryError} `UNSUPPORTED_PLATFORM`; `LIBRARY_NOT_FOUND` with everything that was looked for, and what to do;
 *   `LIBRARY_INVALID` for one of another version, or one that needs a newer system */
export function bundledLibrary(places: BundledPlaces = ownPlaces()): string {
  checkPlatform();
  const index = join(places.root, "dist/native/libraries.json");
  if (existsSync(index)) {
    const { ferrule } = JSON.parse(readFileSync(index, "utf8")) as { ferrule: { file: string } };
    return join(dirname(index), ferrule.file);
  }
  const manifest = findPackage(places.root);
  if (manifest === undefined) throw notFound(index, places.root);
  return fromPackage(manifest, places);
}

function ownPlaces(): BundledPlaces {
  return { root: fileURLToPath(new URL("../../", import.meta.url)), glibc: glibcVersion() };
}

/** Path of the platform package's manifest. */
function findPackage(root: string): string | undefined {
  try {
    return createRequire(join(root, "package.json")).resolve(`${PACKAGE}/package.json`);
  } catch {
    return undefined;
  }
}

interface LibraryManifest {
  readonly version: string;
  readonly ferrule: { readonly library: string; readonly glibc: string };
}

function fromPackage(manifest: string, { root, glibc }: BundledPlaces): string {
  const { version, ferrule } = JSON.parse(readFileSync(manifest, "utf8")) as LibraryManifest;
  const own = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
  if (version !== own) {
    const text = `${PACKAGE} has version ${version}, and ferrule ${own}: run npm install ${PACKAGE}@${own}`;
    throw new LibraryError("LIBRARY_INVALID", text);
  }
  if (glibc !== undefined && isOlder(glibc, ferrule.glibc)) {
    const remedy = "use a newer system, or build the library on this one: ferrule new, ferrule build";
    const text = `the library of ${PACKAGE} needs glibc ${ferrule.glibc} or newer, this system has ${glibc}; ${remedy}`;
    throw new LibraryError("LIBRARY_INVALID", text);
  }
  const path = join(dirname(manifest), ferrule.library);
  if (existsSync(path)) return path;
  throw new LibraryError("LIBRARY_NOT_FOUND", `${PACKAGE} is damaged: ${path} does not exist; run npm ci`);
}

function isOlder(found: string, needed: string): boolean {
  const [major = 0, minor = 0] = found.split(".").map(Number);
  const [majorMin = 0, minorMin = 0] = needed.split(".").map(Number);
  return major < majorMin || (major === majorMin && minor < minorMin);
}

function notFound(index: string, root: string): LibraryError {
  const lines = [
    "the bundled library is missing. Neither of these was found:",
    `  ${index}`,
    `  the package ${PACKAGE}, from ${root} upwards`,
    "If this is a clone of ferrule: run npm run build.",
    "If npm left optional packages out (--omit=optional, --no-optional): run npm install --include=optional.",
    "If node_modules or a lock file came from another platform: remove both, and run npm install here.",
    "If you have a library of your own: give open() its path, or the command --library.",
  ];
  return new LibraryError("LIBRARY_NOT_FOUND", lines.join("\n"));
}
