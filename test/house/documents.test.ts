/** What the documents say is so. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { filesOfTest } from "../support/files.ts";
import { blocksOf, ROOT } from "../support/markdown.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

test("the README's first example runs as it stands", () => {
  const example = blocksOf("README.md").find(({ language }) => language === "js");
  expect(example?.text.trim().split("\n").length).toBeLessThanOrEqual(20);
  const directory = filesOfTest({ "package.json": '{ "type": "module" }' });
  execFileSync("mkdir", [join(directory, "node_modules")]);
  symlinkSync(ROOT, join(directory, "node_modules/ferrule"));
  writeFileSync(join(directory, "example.js"), example?.text ?? "");
  const printed = execFileSync(process.execPath, ["example.js"], { cwd: directory, encoding: "utf8" });
  const said = [...(example?.text ?? "").matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(said.length).toBeGreaterThan(0);
  expect(printed.trim().split("\n")).toEqual(said);
});

test("every error code of the package stands in docs/errors.md", () => {
  const union = read("src/core/errors.ts").match(/export type FerruleCode =([\s\S]*?);/)?.[1] ?? "";
  const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code ?? "");
  const page = read("docs/errors.md");
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([]);
});

test("every error code of the package is raised somewhere", () => {
  const union = read("src/core/errors.ts").match(/export type FerruleCode =([\s\S]*?);/)?.[1] ?? "";
  const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code ?? "");
  const list = execFileSync("git", ["ls-files", "src", "runtime"], { cwd: ROOT, encoding: "utf8" }).split("\n");
  const sources = list.filter((path) => /\.(ts|rs)$/.test(path)).map(read);
  const raised = (code: string): number => sources.reduce((sum, text) => sum + text.split(`"${code}"`).length - 1, 0);
  expect(codes.filter((code) => raised(code) < 2)).toEqual([]);
});

test("links between the documents lead somewhere", () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("npm scripts that the documents name exist", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name),
  );
  expect([...new Set(named)].filter((name) => scripts[name ?? ""] === undefined)).toEqual([]);
});

test("every dependency has its line in docs/dependencies.md", () => {
  const page = read("docs/dependencies.md");
  const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const npm = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.devDependencies ?? {})];
  const table = read("Cargo.toml").split("[workspace.dependencies]")[1]?.split("\n[")[0] ?? "";
  const crates = [...table.matchAll(/^([\w-]+) =/gm)].map(([, name]) => name ?? "");
  const wanted = [...npm, ...crates.filter((name) => !name.startsWith("ferrule-"))];
  expect(wanted.filter((name) => !page.includes(name))).toEqual([]);
});

test("the layout's page shows the offsets that the code has", () => {
  const page = read("docs/ring-layout.md").replaceAll(",", "");
  const layout = read("src/ring/layout.generated.ts");
  for (const name of ["REQUEST_ENTRIES", "COMPLETION_ENTRIES", "EVENT_ENTRIES", "REQUEST_BYTES", "CANCEL_WORDS"]) {
    const offset = layout.match(new RegExp(`OFFSET_${name} = (\\d+);`))?.[1] ?? "none";
    expect(page, name).toContain(offset);
  }
  expect(page).toContain(layout.match(/REGION_SIZE = (\d+);/)?.[1]);
});
