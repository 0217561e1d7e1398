/** Every example of docs/cli.md. */
import { expect, test } from "vitest";
import { ferrule } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";
import { blocksOf } from "../support/markdown.js";

const blocks = blocksOf("docs/cli.md");
const files = blocks.filter(({ info }) => info.startsWith("file="));
const sessions = blocks.filter(({ language }) => language === "console");

test("the page has no other examples than those that are run", () => {
  expect(blocks).toHaveLength(files.length + sessions.length);
  expect(sessions).toHaveLength(3);
});

test.each(sessions.map(({ text }) => [text.split("\n")[0] ?? "", text]))("%s", async (command, text) => {
  const cwd = filesOfTest(Object.fromEntries(files.map((file) => [file.info.slice("file=".length), file.text])));
  const [name, ...args] = command.replace(/^\$ /, "").split(" ");
  expect(name).toBe("ferrule");
  const { stdout, stderr } = await ferrule(args, cwd);
  expect(stdout + stderr).toBe(text.slice(command.length + 1));
});
