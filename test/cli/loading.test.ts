/** What a command loads: nothing that it does not need, since that is what somebody waits for. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { filesOfTest } from "../support/files.js";
import { ROOT } from "../support/markdown.ts";

const HOOK = fileURLToPath(new URL("../support/loading.mjs", import.meta.url));
const INDEX = new URL("../../dist/index.js", import.meta.url).href;
const CONFIG = "extensions: {plain: }\nservice: {extensions: [plain]}\n";
/** A distribution without a library. */
const OWN = `import { main } from ${JSON.stringify(INDEX)};
const plain = { type: "plain", stability: "Alpha", createDefaultConfig: () => ({}), create: () => ({}) };
const buildInfo = { command: "own", description: "Own", version: "1" };
process.exitCode = await main({ buildInfo, library: false, factories: [plain] }, process.argv.slice(2));`;

/** The packages, Node's own modules and ferrule's files that a command loaded. */
async function loadedBy(program: string, args: readonly string[], cwd: string): Promise<Set<string>> {
  const file = join(cwd, "loaded.txt");
  const env = { ...process.env, LOADED: file };
  await promisify(execFile)(process.execPath, ["--import", HOOK, program, ...args], { cwd, env });
  const urls = readFileSync(file, "utf8").trim().split("\n");
  return new Set(
    urls.map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.split("/dist/").at(-1) ?? url),
  );
}

const HEAVY = ["koffi", "pino", "yaml", "msgpackr", "node:http", "node:https"];
const PROVIDERS = ["env", "file", "http", "yaml"].map((name) => `confmap/providers/${name}.js`);

test.each<[string, string[]]>([
  ["its own command", ["--version"]],
  ["its own command", ["--help"]],
  ["its own command", ["completion", "bash"]],
  ["its own command", ["featuregate"]],
])("%s %j loads the parser of arguments, and nothing heavy", async (_, args) => {
  const loaded = await loadedBy(join(ROOT, "dist/cli/bin.js"), args, filesOfTest({}));
  expect(loaded).toContain("commander");
  expect([...HEAVY, ...PROVIDERS].filter((name) => loaded.has(name))).toEqual([]);
  expect([...loaded].filter((name) => /^(?:runtime|ring|confmap\/yaml)/.test(name))).toEqual([]);
});

test("a list of components opens the library, and reads no YAML", async () => {
  const loaded = await loadedBy(join(ROOT, "dist/cli/bin.js"), ["components"], filesOfTest({}));
  expect(loaded).toContain("koffi");
  expect(["pino", "yaml", ...PROVIDERS].filter((name) => loaded.has(name))).toEqual([]);
});

test.each<[string[], string[]]>([
  [["--version"], ["commander"]],
  [["components"], ["commander"]],
  [
    ["validate", "--config=c.yaml"],
    ["commander", "yaml"],
  ],
  [
    ["print-config", "--config=c.yaml"],
    ["commander", "yaml"],
  ],
])("a distribution without a library: %j", async (args, packages) => {
  const cwd = filesOfTest({ "own.mjs": OWN, "c.yaml": CONFIG });
  const loaded = await loadedBy("own.mjs", args, cwd);
  // Who imports the whole of ferrule has the codec of calls in it, and nothing else.
  const heavy = ["commander", ...HEAVY].filter((name) => loaded.has(name) && name !== "msgpackr");
  expect(heavy).toEqual(packages);
});
