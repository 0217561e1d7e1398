/** The extensions and the programs of `docs/authoring.md`, built, generated for and run. */
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

const manifest = (name: string): string => `[package]
name = "${name}"
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

/** The extension of each example, and its programs. */
const EXAMPLES: readonly [string, ...string[]][] = [
  ["cache", "main"],
  ["stock", "fill"],
  ["shop", "sell", "serve"],
];

test("the page's files are those that this test knows", () => {
  const known = EXAMPLES.flatMap(([name, ...mains]) => [`${name}/src/lib.rs`, ...mains.map((main) => `${main}.ts`)]);
  expect(files.map(({ info }) => info)).toEqual(known.map((path) => `file=${path}`));
});

test.each(EXAMPLES)(
  "the page's extension %s and its client do what the page says",
  async (name, ...mains) => {
    const crate = join(project.directory, name);
    mkdirSync(join(crate, "src"), { recursive: true });
    writeFileSync(join(crate, "Cargo.toml"), manifest(name));
    const source = join(crate, "src/lib.rs");
    writeFileSync(source, textOf(`${name}/src/lib.rs`));
    // What the crate builds is kept between runs: a second one compiles nothing.
    const kept = join(ROOT, "target/authoring");
    mkdirSync(kept, { recursive: true });
    symlinkSync(kept, join(crate, "target"));
    execFileSync("cargo", ["build"], { cwd: crate, stdio: "pipe" });
    if (textOf(`${name}/src/lib.rs`).includes("#[test]"))
      execFileSync("cargo", ["test"], { cwd: crate, stdio: "pipe" });
    execFileSync("rustfmt", ["--check", "--edition", "2024", "--config-path", join(ROOT, "rustfmt.toml"), source]);
    const library = join(crate, `target/debug/lib${name}.so`);
    const runtime = await open(library);
    const clients = generateClient(runtime.components());
    await runtime.close();
    expect(clients.map(({ path }) => path)).toEqual([`${name}.ts`]);
    const programs = Object.fromEntries(mains.map((main) => [`${main}.ts`, textOf(`${main}.ts`)]));
    expect(project.compile({ [`${name}.ts`]: clients[0]?.text ?? "", ...programs })).toEqual([]);
    for (const main of mains) {
      const args = [join(project.directory, `${main}.js`), library];
      const printed = execFileSync(process.execPath, args, { cwd: dirname(args[0] ?? ""), encoding: "utf8" });
      const said = [...textOf(`${main}.ts`).matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => text);
      expect(printed.trim().split("\n"), main).toEqual(said);
    }
  },
  600_000,
);
