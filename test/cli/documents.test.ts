/** Every example of docs/cli.md. */
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { JsonSchema } from "../../dist/index.js";
import { accepts } from "../support/ajv.js";
import { ferrule } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";
import { blocksOf } from "../support/markdown.js";

const blocks = blocksOf("docs/cli.md");
const files = blocks.filter(({ info }) => info.startsWith("file="));
const sessions = blocks.filter(({ language }) => language === "console");

test("the page has no other examples than those that are run", () => {
  expect(blocks).toHaveLength(files.length + sessions.length);
  expect(sessions).toHaveLength(4);
});

test("the schema that the command prints takes the page's good files, and not the wrong one", async () => {
  const { code, stdout, stderr } = await ferrule(["components", "--schema"]);
  expect([code, stderr]).toEqual([0, ""]);
  const schema = JSON.parse(stdout) as JsonSchema;
  const taken = files.filter(({ text }) => accepts(schema, parse(text) as unknown)).map(({ info }) => info);
  expect(taken).toEqual(["file=service.yaml", "file=edited.yaml"]);
});

test.each(sessions.map(({ text }) => [text.split("\n")[0] ?? "", text]))("%s", async (command, text) => {
  const cwd = filesOfTest(Object.fromEntries(files.map((file) => [file.info.slice("file=".length), file.text])));
  const [name, ...args] = command.replace(/^\$ /, "").split(" ");
  expect(name).toBe("ferrule");
  const { stdout, stderr } = await ferrule(args, cwd);
  expect(stdout + stderr).toBe(text.slice(command.length + 1));
});
