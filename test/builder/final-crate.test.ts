/** The crate that a build writes, without building it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FinalCrate } from "../../dist/builder/final-crate.js";
import { filesOfTest } from "../support/files.js";

const read = (crate: FinalCrate, name: string): string => readFileSync(join(crate.folder, name), "utf8");

test("names its components by path, version and features, and is no member of a workspace around it", () => {
  const crate = new FinalCrate(join(filesOfTest({}), "a/b"), "my-collector");
  crate.writeManifest(
    [
      { name: "one", path: '/some "where"', features: ["x", "y"] },
      { name: "two", version: "1.2.3", features: [] },
    ],
    { root: "/ferrule" },
  );
  const text = read(crate, "Cargo.toml");
  expect(text).toContain('name = "my-collector-library"\n');
  expect(text).toContain("\n[workspace]\n");
  expect(text).toContain('\nferrule-runtime = { path = "/ferrule/runtime" }\n');
  expect(text).toContain('\n"one" = { path = "/some \\"where\\"", features = ["x", "y"] }\n');
  expect(text).toContain('\n"two" = { version = "=1.2.3" }\n');
  expect(text).toContain('\n[patch.crates-io]\nferrule-sdk = { path = "/ferrule/runtime/sdk" }\n');
  expect(text.match(/panic = "unwind"/g)).toHaveLength(2);
});

test("asks for no replacement where nothing is fetched: cargo would warn of it", () => {
  const crate = new FinalCrate(filesOfTest({}), "x");
  crate.writeManifest([{ name: "one", path: "/one", features: [] }], { root: "/ferrule" });
  expect(read(crate, "Cargo.toml")).not.toContain("patch");
});

test("its source names the libraries and states the count, which is read again by the next build", () => {
  const crate = new FinalCrate(filesOfTest({}), "x");
  crate.writeManifest([], { root: "/ferrule" });
  expect(crate.count).toBeUndefined();
  const component = { version: "1.0.0", stated: undefined };
  crate.writeSource(
    [
      { package: "one-a", library: "one_a", ...component },
      { package: "two", library: "two", ...component },
    ],
    3,
  );
  expect(read(crate, "src/lib.rs")).toContain("ferrule_runtime::library!(extensions: 3, from: [one_a, two]);\n");
  crate.writeManifest([], { root: "/ferrule" });
  expect(crate.count).toBe(3);
});

test("the user's lock file is taken once for each change of it: what cargo adds is kept", () => {
  const folder = filesOfTest({ "Cargo.lock": "one" });
  const lock = join(folder, "Cargo.lock");
  const crate = new FinalCrate(join(folder, "final"), "x");
  crate.takeLock(join(folder, "nowhere"));
  crate.takeLock(lock);
  expect(readFileSync(crate.lock, "utf8")).toBe("one");
  writeFileSync(crate.lock, "one, and what cargo added");
  crate.takeLock(lock);
  expect(readFileSync(crate.lock, "utf8")).toBe("one, and what cargo added");
  writeFileSync(lock, "two");
  crate.takeLock(lock);
  expect(readFileSync(crate.lock, "utf8")).toBe("two");
});
