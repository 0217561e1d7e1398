/** What the documents say is so. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { grpcCodeName, open, toGrpcStatus, toHttpStatus, withGrpcStatus, withHttpStatus } from "../../dist/index.js";
import { filesOfTest } from "../support/files.ts";
import { blocksOf, ROOT } from "../support/markdown.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** A directory as a user's: ferrule is installed there, and what of the packages named. */
function projectOfTest(files: Readonly<Record<string, string>>, packages: readonly string[] = []): string {
  const directory = filesOfTest({ "package.json": '{ "type": "module" }', ...files });
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(ROOT, join(directory, "node_modules/ferrule"));
  for (const name of packages) symlinkSync(join(ROOT, "node_modules", name), join(directory, "node_modules", name));
  return directory;
}

/** Runs Node.js there. Returns the lines that it printed. */
function run(directory: string, ...args: readonly string[]): string[] {
  const printed = execFileSync(process.execPath, args, { cwd: directory, encoding: "utf8", timeout: 30_000 });
  return printed.trim().split("\n");
}

/** What an example says that it prints. */
function saidIn(text: string): (string | undefined)[] {
  return [...text.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, said]) => said);
}

test("the README's first example runs as it stands", () => {
  const example = blocksOf("README.md").find(({ language }) => language === "js")?.text ?? "";
  expect(example.trim().split("\n").length).toBeLessThanOrEqual(20);
  const said = saidIn(example);
  expect(said.length).toBeGreaterThan(0);
  expect(run(projectOfTest({ "example.js": example }), "example.js")).toEqual(said);
});

const runtimePage = blocksOf("docs/runtime.md").filter(({ language }) => language === "js");
const start = runtimePage.find(({ info }) => info === "start")?.text ?? "";
const files = runtimePage.filter(({ info }) => info.startsWith("file="));
const examples = runtimePage.filter(({ info }) => info === "" || info.startsWith("needs="));

test("the examples of docs/runtime.md are those that this test knows", () => {
  expect(start).not.toBe("");
  expect(files.map(({ info }) => info)).toEqual(["file=worker.js", "file=task.js"]);
  expect(examples).toHaveLength(10);
  expect(examples.filter(({ text }) => saidIn(text).length === 0)).toEqual([]);
});

test.each(examples.map(({ text, info }) => [text.trim().split("\n").at(-1), text, info]))(
  "docs/runtime.md: %s",
  (_, text = "", info = "") => {
    const needed = info.startsWith("needs=") ? [info.slice("needs=".length)] : [];
    const isThere = needed.every((name) => existsSync(join(ROOT, "node_modules", name)));
    const parts = files.map((file) => [file.info.slice("file=".length), file.text]);
    const example = `${start}${text}await runtime.close();\n`;
    const directory = projectOfTest({ ...Object.fromEntries(parts), "example.js": example }, isThere ? needed : []);
    // What needs a package that ferrule itself does not is run where that is installed, and read where it is not.
    if (isThere) expect(run(directory, "example.js")).toEqual(saidIn(text));
    else expect(run(directory, "--check", "example.js")).toEqual([""]);
  },
);

test("the example of a lane prints what it says", () => {
  const example = read("examples/lane.mjs");
  expect(run(ROOT, "examples/lane.mjs")).toEqual(saidIn(example));
});

test("the example of a server prints what it says", () => {
  const example = read("examples/http-server.mjs");
  expect(run(ROOT, "examples/http-server.mjs")).toEqual(saidIn(example));
});

test("every figure of runtime.stats() stands in docs/architecture.md", async () => {
  const runtime = await open();
  const names = Object.keys(runtime.stats());
  await runtime.close();
  const section = read("docs/architecture.md").split("## What `runtime.stats()` counts")[1] ?? "";
  const told = [...section.matchAll(/^\| (`[^|]*)\|/gm)].flatMap(([, cell = ""]) => cell.match(/\w+/g) ?? []);
  expect(told.sort()).toEqual(names.sort());
});

test("every error code of the package stands in docs/errors.md", () => {
  const union = read("src/core/errors.ts").match(/export type FerruleCode =([\s\S]*?);/)?.[1] ?? "";
  const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code ?? "");
  const page = read("docs/errors.md");
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([]);
});

test("docs/errors.md translates statuses as the code does", () => {
  const rows = [...read("docs/errors.md").matchAll(/^\| (\d+) (\w+) \| (\d+) \| \| (\d+)[^|]*\| (\d+) (\w+) \|$/gm)];
  expect(rows).toHaveLength(5);
  for (const [row, grpc, name, http, status, code, codeName] of rows) {
    const told = withGrpcStatus(undefined, { code: Number(grpc), message: "" });
    expect([grpcCodeName(Number(grpc)), toHttpStatus(told)], row).toEqual([name, Number(http)]);
    const { code: answered } = toGrpcStatus(withHttpStatus(undefined, Number(status)));
    expect([answered, grpcCodeName(answered)], row).toEqual([Number(code), codeName]);
  }
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
  const offsets = [...layout.matchAll(/(OFFSET_\w+) = (\d+);/g)];
  expect(offsets.length).toBeGreaterThan(60);
  const missing = offsets.filter(([, , offset = ""]) => !new RegExp(`\\b${offset}\\b`).test(page));
  expect(missing.map(([, name]) => name)).toEqual([]);
  expect(page).toContain(layout.match(/REGION_SIZE = (\d+);/)?.[1]);
  expect(page).toContain(`The layout version is ${layout.match(/LAYOUT_VERSION = (\d+);/)?.[1]}.`);
});
