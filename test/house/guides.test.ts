/** The guides for people who come from elsewhere: their Rust is built, their TypeScript compiled and run. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { open } from "../../dist/index.js";
import { generateClient } from "../../dist/typegen/index.js";
import { type Block, blocksOf, ROOT } from "../support/markdown.ts";
import { Project } from "../support/typed.ts";

const GUIDES = {
  napi: "docs/from-napi-rs.md",
  koffi: "docs/from-koffi.md",
  collector: "docs/from-collector-extension.md",
};
const project = new Project();
const blocks = new Map<string, Block[]>(Object.entries(GUIDES).map(([name, path]) => [name, blocksOf(path)]));
const textOf = (name: string, language: string): string =>
  blocks.get(name)?.find((block) => block.language === language)?.text ?? "";

const MANIFEST = `[package]
name = "guides"
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

beforeAll(async () => {
  const crate = join(project.directory, "guides");
  mkdirSync(join(crate, "src"), { recursive: true });
  writeFileSync(join(crate, "Cargo.toml"), MANIFEST);
  const names = [...blocks.keys()];
  const modules = names
    .toSorted()
    .map((name) => `mod ${name};\n`)
    .join("");
  writeFileSync(join(crate, "src/lib.rs"), `${modules}ferrule_runtime::library!(extensions: ${names.length});\n`);
  for (const name of names) writeFileSync(join(crate, `src/${name}.rs`), textOf(name, "rust"));
  // What the crate builds is kept between runs: a second one compiles little.
  const kept = join(ROOT, "target/guides");
  mkdirSync(kept, { recursive: true });
  symlinkSync(kept, join(crate, "target"));
  execFileSync("cargo", ["build"], { cwd: crate, stdio: "pipe", env: { ...process.env, RUSTFLAGS: "-D warnings" } });
  const formatted = ["--check", "--edition", "2024", "--config-path", join(ROOT, "rustfmt.toml")];
  execFileSync("rustfmt", [...formatted, join(crate, "src/lib.rs")], { stdio: "pipe" });
  const library = join(crate, "target/debug/libguides.so");
  const runtime = await open(library);
  const clients = generateClient(runtime.components(), { library: "./library.js" });
  await runtime.close();
  writeFileSync(join(project.directory, "library.js"), `export const library = ${JSON.stringify(library)};\n`);
  writeFileSync(join(project.directory, "library.d.ts"), "export declare const library: string;\n");
  const mains = names.map((name) => [`${name}.ts`, textOf(name, "ts")]);
  const files = Object.fromEntries([...clients.map(({ path, text }) => [path, text]), ...mains]);
  expect(project.compile(files)).toEqual([]);
}, 600_000);

afterAll(() => project.remove());

test.each(Object.entries(GUIDES))("from %s: the program prints what its comments say", (name, path) => {
  expect(
    blocks.get(name)?.map(({ info }) => info),
    path,
  ).toEqual([`file=${name}/src/lib.rs`, `file=${name}.ts`]);
  const args = [join(project.directory, `${name}.js`)];
  const printed = execFileSync(process.execPath, args, { cwd: project.directory, encoding: "utf8" });
  const said = [...textOf(name, "ts").matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, text]) => text);
  expect(said.length).toBeGreaterThan(0);
  expect(printed.trim().split("\n")).toEqual(said);
});
