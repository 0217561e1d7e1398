/** Every example of docs/configuration.md. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EnvProvider, FileProvider, Resolver, YamlProvider } from "../../dist/index.js";
import { filesOfTest } from "../support/files.js";
import { blocksOf, ROOT } from "../support/markdown.js";

const blocks = blocksOf("docs/configuration.md");
const files = blocks.filter(({ info }) => info.startsWith("file="));
const results = blocks.filter(({ language }) => language === "json");
const scripts = files.filter(({ language }) => language === "js");

/** All files of the page, in a directory of the test where ferrule is installed. */
function pageOfTest(): string {
  const named = files.map(({ info, text }): [string, string] => [info.slice("file=".length), text]);
  const directory = filesOfTest({ ...Object.fromEntries(named), "package.json": '{ "type": "module" }' });
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(ROOT, join(directory, "node_modules/ferrule"));
  return directory;
}

test("the page has no other examples than those that are run", () => {
  expect(blocks).toHaveLength(files.length + results.length);
  expect([results.length, scripts.length]).toEqual([5, 3]);
});

test.each(results.map(({ info, text }) => [info, text]))("%s", async (info, text) => {
  const words = info.split(" ").map((word): [string, string] => {
    const [name = "", ...value] = word.split("=");
    return [name, decodeURIComponent(value.join("="))];
  });
  const listed = (name: string): string[] => words.find(([word]) => word === name)?.[1].split(",") ?? [];
  const env = Object.fromEntries(listed("env").map((pair) => pair.split(/:(.*)/s).slice(0, 2)));
  const before = process.cwd();
  process.chdir(pageOfTest());
  try {
    const providers = [new FileProvider(), new EnvProvider(env), new YamlProvider()];
    const resolver = new Resolver({ uris: listed("from"), sets: listed("set"), providers });
    const conf = await resolver.resolve();
    expect(conf.toStringMap()).toEqual(JSON.parse(text));
    if (info.includes("PORT"))
      expect((await new Resolver({ uris: ["yaml:p: ${PORT}"], providers }).resolve()).original("p")).toBe("080");
    await resolver.shutdown();
  } finally {
    process.chdir(before);
  }
});

test.each(scripts.map(({ info, text }) => [info.slice("file=".length), text]))(
  "%s prints what it says",
  (name, text) => {
    const said = [...text.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, words]) => words);
    expect(said.length).toBeGreaterThan(1);
    const printed = execFileSync(process.execPath, [name], { cwd: pageOfTest(), encoding: "utf8", timeout: 30_000 });
    expect(printed.trim().split("\n")).toEqual(said);
  },
);
