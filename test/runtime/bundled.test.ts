/** The library that comes with the package: where it is looked for, and what is said where it is not. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundledLibrary } from "../../dist/runtime/bundled.js";
import { filesOfTest } from "../support/files.js";

const PACKAGE = "@ferrule/linux-x64-gnu";

/** A folder in which ferrule is installed, and maybe a package with its library. */
function installed(library?: { version?: string; glibc?: string; file?: boolean }) {
  const folder = filesOfTest({});
  const root = join(folder, "node_modules/ferrule");
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "package.json"), JSON.stringify({ name: "ferrule", version: "0.1.0" }));
  const platform = join(folder, "node_modules", PACKAGE);
  if (library !== undefined) {
    const { version = "0.1.0", glibc = "2.31", file = true } = library;
    mkdirSync(platform, { recursive: true });
    const manifest = { name: PACKAGE, version, ferrule: { library: "libferrule-0.so", glibc } };
    writeFileSync(join(platform, "package.json"), JSON.stringify(manifest));
    if (file) writeFileSync(join(platform, "libferrule-0.so"), "");
  }
  return { root, platform };
}

function refusal(root: string, glibc: string | undefined): { code: string; message: string } {
  try {
    throw new Error(`found ${bundledLibrary({ root, glibc })}`);
  } catch (error) {
    return error as { code: string; message: string };
  }
}

test("a clone's own build goes first", () => {
  const { root } = installed({});
  mkdirSync(join(root, "dist/native"), { recursive: true });
  writeFileSync(join(root, "dist/native/libraries.json"), JSON.stringify({ ferrule: { file: "libferrule-1.so" } }));
  expect(bundledLibrary({ root, glibc: "2.36" })).toBe(join(root, "dist/native/libferrule-1.so"));
});

test.each(["2.31", "2.36", "3.0", undefined])("the package of the platform, on glibc %s", (glibc) => {
  const { root, platform } = installed({ glibc: "2.31" });
  expect(bundledLibrary({ root, glibc })).toBe(join(platform, "libferrule-0.so"));
});

test.each([
  ["2.30", "2.31"],
  ["2.9", "2.31"],
  ["1.99", "2.31"],
])("glibc %s is too old for one that needs %s", (found, needed) => {
  const { root } = installed({ glibc: needed });
  expect(refusal(root, found)).toMatchObject({
    code: "LIBRARY_INVALID",
    message: `the library of ${PACKAGE} needs glibc ${needed} or newer, this system has ${found}; use a newer system, or build the library on this one: ferrule new, ferrule build`,
  });
});

test("one of another version is refused, with both", () => {
  const { root } = installed({ version: "0.2.0" });
  expect(refusal(root, "2.36")).toMatchObject({
    code: "LIBRARY_INVALID",
    message: `${PACKAGE} has version 0.2.0, and ferrule 0.1.0: run npm install ${PACKAGE}@0.1.0`,
  });
});

test("one without its file is damaged", () => {
  const { root, platform } = installed({ file: false });
  expect(refusal(root, "2.36")).toMatchObject({
    code: "LIBRARY_NOT_FOUND",
    message: `${PACKAGE} is damaged: ${platform}/libferrule-0.so does not exist; run npm ci`,
  });
});

test("where there is none, everything that was looked for is named, and each cause with its remedy", () => {
  const { root } = installed();
  expect(refusal(root, "2.36")).toMatchObject({
    code: "LIBRARY_NOT_FOUND",
    message: `the bundled library is missing. Neither of these was found:
  ${root}/dist/native/libraries.json
  the package ${PACKAGE}, from ${root} upwards
If this is a clone of ferrule: run npm run build.
If npm left optional packages out (--omit=optional, --no-optional): run npm install --include=optional.
If node_modules or a lock file came from another platform: remove both, and run npm install here.
If you have a library of your own: give open() its path, or the command --library.`,
  });
});
