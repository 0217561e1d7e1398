/** What ferrule adds to the Collector's texts. */
import { describe, expect, test } from "vitest";
import { ferrule } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";

const notesOf = async (text: string): Promise<string[]> => {
  const { code, stderr } = await ferrule(["validate", "--config=c.yaml"], filesOfTest({ "c.yaml": text }));
  expect(code).toBe(1);
  return stderr.split("\n").filter((line) => line.startsWith("  | "));
};

describe("the line with a marker under the place", () => {
  test("two places in one column are both marked", async () => {
    expect(await notesOf("extensions:\n  rust_smaple:\n  nothing:\n")).toEqual([
      "  | c.yaml:2:3: extensions::rust_smaple",
      "  | 2 |   rust_smaple",
      "  |   |   ^^^^^^^^^^^",
      '  | did you mean "rust_sample"?',
      "  | c.yaml:3:3: extensions::nothing",
      "  | 3 |   nothing",
      "  |   |   ^^^^^^^",
    ]);
  });

  test("an id that a list names", async () => {
    expect(await notesOf("extensions: {rust_sample: }\nservice:\n  extensions:\n    - rust_sampel\n")).toEqual([
      "  | c.yaml:4:7: service::extensions::0",
      "  | 4 |     - rust_sampel",
      "  |   |       ^^^^^^^^^^^",
      '  | did you mean "rust_sample"?',
    ]);
  });

  test("shows no value, neither behind the key nor before it", async () => {
    const notes = await notesOf("extensions: {rust_sample: {endpoint: hush, tiemout: hush}}\n");
    expect(notes).toContain("  | 1 | ... tiemout");
    expect(notes.join("\n")).not.toContain("hush");
  });

  test("many places are named, and not shown", async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `  none_${index}:\n`).join("");
    const notes = await notesOf(`extensions:\n${keys}`);
    expect(notes).toHaveLength(13);
    expect(notes.at(-1)).toBe("  | and 8 more");
  });
});
