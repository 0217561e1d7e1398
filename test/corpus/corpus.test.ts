/**
 * Bad configurations, one for each rule: `ferrule validate` refuses each in the words that stand in the corpus, and points
 * at the place. `FERRULE_CORPUS=write` writes down what it says now; read the difference before you believe it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { stderr } from "../../dist/cli/output.js";
import { configJsonSchema, main, RustExtensionFactory } from "../../dist/index.js";
import { accepts } from "../support/ajv.js";
import { ferrule } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";
import { ROOT } from "../support/markdown.ts";
import { bundledLibrary, bundledRuntime } from "../support/runtime.js";
import { corpusFactories } from "./factories.js";

/** One bad configuration. */
interface Case {
  readonly name: string;
  /** Why it is bad, as somebody would explain it. */
  readonly cause: string;
  /** By name, in the order in which they are given; what begins with `part` is only referred to. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What the Collector would print, after `Error: `. */
  readonly message: string;
  /** Where the first mistake stands. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly path: string | null;
  /** The lines that follow the message. */
  readonly notes: readonly string[];
  readonly exitCode: number;
  /** Whether the file's schema can see it. */
  readonly schema: "refuses" | "cannot see";
}

const FILE = join(ROOT, "test/corpus/corpus.json");
const cases = JSON.parse(readFileSync(FILE, "utf8")) as Case[];
const isWriting = process.env.FERRULE_CORPUS === "write";
const NOTE = "  | ";
const PLACE = /^(?:(.*?):(\d+):(\d+)(?:: |$))?(.*)$/;
/** A screen of a terminal. */
const SCREEN = { lines: 24, bytes: 4_000 };
const runtime = bundledRuntime();
const buildInfo = { command: "ferrule", description: "", version: "0.0.0" };
const written: Case[] = [];

let said = "";
beforeEach(() => {
  said = "";
  vi.spyOn(stderr, "write").mockImplementation((text) => {
    said += text;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const sourcesOf = (files: Case["files"]): string[] => Object.keys(files).filter((name) => !name.startsWith("part"));
const isSeen = ({ files }: Case): Case["schema"] => {
  const schema = configJsonSchema([...RustExtensionFactory.all(runtime()), ...corpusFactories]);
  const seen = sourcesOf(files).some((name) => {
    let value: unknown;
    try {
      value = parse(files[name]!);
    } catch {
      return false; // no YAML: an editor says that by itself
    }
    return value !== null && !accepts(schema, value);
  });
  return seen ? "refuses" : "cannot see";
};

/** What the command said, taken apart. */
function heard(one: Case, directory: string, exitCode: number): Case {
  const lines = said.replaceAll(`${directory}/`, "").replace(/\n$/, "").split("\n");
  const notes = lines.filter((line) => line.startsWith(NOTE)).map((line) => line.slice(NOTE.length));
  const [, file, line, column, path] = PLACE.exec(notes[0] ?? "") ?? [];
  const isPlaced = file !== undefined;
  return {
    name: one.name,
    cause: one.cause,
    files: one.files,
    ...(one.env === undefined ? {} : { env: one.env }),
    message: lines
      .filter((each) => !each.startsWith(NOTE))
      .join("\n")
      .replace(/^Error: /, ""),
    file: file ?? null,
    line: isPlaced ? Number(line) : null,
    column: isPlaced ? Number(column) : null,
    path: path === undefined || path === "" ? null : path,
    notes,
    exitCode,
    schema: isSeen(one),
  };
}

test.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
  const directory = filesOfTest(one.files);
  for (const [name, value] of Object.entries({ HERE: directory, ...one.env })) vi.stubEnv(name, value);
  const distribution = { buildInfo, library: bundledLibrary, factories: corpusFactories };
  const sources = sourcesOf(one.files).map((name) => `--config=${join(directory, name)}`);
  const exitCode = await main(distribution, ["validate", ...sources]);
  const found = heard(one, directory, exitCode);
  if (isWriting) written.push(found);
  else expect(found).toEqual(one);
  expect(said).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(said).not.toContain("hunter2");
  expect(said.split("\n").length, "lines").toBeLessThanOrEqual(SCREEN.lines);
  expect(said.length, "characters").toBeLessThanOrEqual(SCREEN.bytes);
});

test("the corpus is large enough, and says each thing once", () => {
  if (isWriting) writeFileSync(FILE, `${JSON.stringify(written, undefined, 2)}\n`);
  expect(cases.length).toBeGreaterThanOrEqual(150);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(new Set(cases.map(({ files, env }) => JSON.stringify([files, env]))).size).toBe(cases.length);
  expect(cases.filter(({ exitCode }) => exitCode !== 1)).toEqual([]);
});

test("the command itself says the same", async () => {
  for (const name of ["timeout-zero", "yaml-bad-indent", "extension-not-configured"]) {
    const one = cases.find((each) => each.name === name)!;
    const directory = filesOfTest(one.files);
    const { code, stderr: text, stdout } = await ferrule(["validate", "--config", "a.yaml"], directory);
    const notes = one.notes.map((note) => `${NOTE}${note}\n`).join("");
    expect([code, stdout, text]).toEqual([1, "", `Error: ${one.message}\n${notes}`]);
  }
});
