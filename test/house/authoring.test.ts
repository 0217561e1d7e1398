/** The extension and the program of `docs/authoring.md`, built, generated for and run. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { open } from "../../dist/index.js";
import { generateClient } from "../../dist/typegen/index.js";
import { blocksOf, ROOT } from "../support/markdown.ts";
import { Project } from "../support/typed.ts";

const files = blocksOf("docs/authoring.md").filter(({ info }) => info.startsWith("file="));
const textOf = (name: string): string => files.find(({ info }) => info === `file=${name}`)?.text ?? "";
const project = new Project();
afterAll(() => project.remove());

const MANIFEST = `[package]
name = "cache"
version = "0.1.0"
edition = "2024"
[lib]
crate-type = ["cdylib"]
[dependencies]
ferrule-runtime = { path = "${ROOT}/runtime" }
ferrule-sdk = { path = "${ROOT}/runtime/sdk" }
thiserror = "2"
[workspace]
`;

test("the page's extension and its client do what the page says", async () => {
  expect(files.map(({ info }) => info)).toEqual(["file=cache/src/lib.rs", "file=main.ts"]);
  const crate = join(project.directory, "cache");
  mkdirSync(join(crate, "src"), { recursive: true });
  writeFileSync(join(crate, "Cargo.toml"), MANIFEST);
  const source = join(project.directory, "cache/src/lib.rs");
  writeFileSync(source, textOf("cache/src/lib.rs"));
  // What the crate builds is kept between runs: a second one compiles nothing.
  const kept = join(ROOT, "target/authoring");
  mkdirSync(kept, { recursive: true });
  symlinkSync(kept, join(crate, "target"));
  execFileSync("cargo", ["build"], { cwd: crate, stdio: "pipe" });
  execFileSync("rustfmt", ["--check", "--edition", "2024", "--config-path", join(ROOT, "rustfmt.toml"), source]);
  const library = join(crate, "target/debug/libcache.so");
  const runtime = await open(library);
  const clients = generateClient(runtime.components());
  await runtime.close();
  expect(clients.map(({ path }) => path)).toEqual(["cache.ts"]);
  const main = textOf("main.ts");
  expect(project.compile({ "cache.ts": clients[0]?.text ?? "", "main.ts": main })).toEqual([]);
  const args = [join(project.directory, "main.js"), library];
  const printed = execFileSync(process.execPath, args, { cwd: dirname(args[0] ?? ""), encoding: "utf8" });
  const said = [...main.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(printed.trim().split("\n")).toEqual(said);
}, 600_000);
