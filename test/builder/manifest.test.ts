/** The builder's manifest: what it may say, and the text and place of every mistake. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readManifest } from "../../dist/builder/manifest.js";
import { InvalidConfigError } from "../../dist/index.js";
import { filesOfTest } from "../support/files.js";

async function mistakes(text: string) {
  const folder = filesOfTest({ "builder.yaml": text });
  const error = await readManifest(join(folder, "builder.yaml")).catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidConfigError)) throw new Error(`no InvalidConfigError: ${JSON.stringify(error)}`);
  const notes = error.notes.map((note) => note.replace(`${folder}/`, ""));
  return { message: error.message.replaceAll(folder, "<folder>"), notes };
}

test("a whole manifest: paths begin at its folder, and entries keep their order", async () => {
  const folder = filesOfTest({
    "builder.yaml": `
dist: { name: my-collector, description: Mine, version: 1.2.3, output_path: ./out }
extensions:
  - cargo: ferrule-cache 0.3.1
  - npm: "@scope/zpages 0.2.0"
  - cargo: my-tokenizer
    path: ./crates/my-tokenizer
    features: [simd, "fast"]
  - npm: local
    path: local
`,
  });
  mkdirSync(join(folder, "crates/my-tokenizer"), { recursive: true });
  mkdirSync(join(folder, "local"));
  expect(await readManifest(join(folder, "builder.yaml"))).toEqual({
    folder,
    dist: { name: "my-collector", description: "Mine", version: "1.2.3", outputPath: join(folder, "out") },
    crates: [
      { name: "ferrule-cache", version: "0.3.1", features: [] },
      { name: "my-tokenizer", path: join(folder, "crates/my-tokenizer"), features: ["simd", "fast"] },
    ],
    packages: [
      { name: "@scope/zpages", version: "0.2.0" },
      { name: "local", path: join(folder, "local") },
    ],
  });
});

test("what is absent has defaults", async () => {
  const folder = filesOfTest({ "builder.yaml": "extensions: [{cargo: a 1.0.0}]" });
  expect((await readManifest(join(folder, "builder.yaml"))).dist).toEqual({
    name: "ferrule-custom",
    description: "Custom ferrule distribution",
    version: "1.0.0",
    outputPath: join(folder, "dist"),
  });
});

describe("mistakes in the form", () => {
  test.each([
    ["dist: 5", `'dist' expected a map or struct, got "int"`, "builder.yaml:1:1: dist"],
    [
      "extensions: {cargo: a}",
      "'extensions' source data must be an array or slice, got map",
      "builder.yaml:1:1: extensions",
    ],
    ["extensions: [a]", `'extensions[0]' expected a map or struct, got "string"`, "builder.yaml:1:14: extensions::0"],
    [
      "dist: {version: 1.5}",
      "'dist.version' expected type 'string', got unconvertible type 'float64'",
      "builder.yaml:1:8: dist::version",
    ],
    [
      "extensions: [{cargo: [a]}]",
      "'extensions[0].cargo' expected type 'string', got unconvertible type 'slice'",
      "builder.yaml:1:15: extensions::0::cargo",
    ],
    [
      "extensions: [{cargo: a 1.0.0, features: x}]",
      "'extensions[0].features' source data must be an array or slice, got string",
      "builder.yaml:1:31: extensions::0::features",
    ],
    [
      "extensions: [{cargo: a 1.0.0, features: [x, 1]}]",
      "'extensions[0].features[1]' expected type 'string', got unconvertible type 'int'",
      "builder.yaml:1:45: extensions::0::features::1",
    ],
    [
      "extensions: [{crago: a 1.0.0}]",
      "'extensions[0]' has invalid keys: crago",
      "builder.yaml:1:15: extensions::0::crago",
    ],
    ["receivers: []", "'<target>' has invalid keys: receivers", "builder.yaml:1:1: receivers"],
  ])("%s", async (text, message, place) => {
    const found = await mistakes(text);
    expect(found.message).toBe(`failed to unmarshal configuration: ${message}`);
    expect(found.notes[0]).toBe(place);
  });

  test("a slip of the hand is named", async () => {
    expect((await mistakes("extensions: [{crago: a 1.0.0}]")).notes[1]).toBe('did you mean "cargo"?');
    expect((await mistakes("dist: {version: 1.5}")).notes[1]).toBe("write it in quotes");
  });

  test("all are told together", async () => {
    const { message } = await mistakes("dist: {nme: x}\nextensions: [{path: 5}]");
    expect(message).toBe(
      `failed to unmarshal configuration: 'dist' has invalid keys: nme
'extensions[0].path' expected type 'string', got unconvertible type 'int'`,
    );
  });
});

describe("mistakes in what it says", () => {
  test.each([
    ["extensions: [{path: .}]", "extension module at index 0: missing cargo or npm specification for module"],
    [
      'extensions: [{cargo: a 1.0.0}, {cargo: ""}]',
      "extension module at index 1: missing cargo or npm specification for module",
    ],
    [
      "extensions: [{cargo: a 1.0.0, npm: b 1.0.0}]",
      "extension module at index 0: cargo and npm specification for one module: give exactly one of them",
    ],
    ["extensions: [{cargo: a}]", 'extension module at index 0: missing version or path for module "a"'],
    [
      "extensions: [{cargo: a 1.0.0 x}]",
      'extension module at index 0: invalid cargo specification for module: "a 1.0.0 x"',
    ],
    ["extensions: [{npm: ../a}]", 'extension module at index 0: invalid npm specification for module: "../a"'],
    [
      "extensions: [{cargo: a 1}]",
      'extension module at index 0: invalid version in cargo specification for module: "1"',
    ],
    ["extensions: [{npm: a, features: [x]}]", "extension module at index 0: features are for modules with cargo"],
    [
      "extensions: [{cargo: a 1.0.0}, {npm: a}, {cargo: a 2.0.0}]",
      "extension module at index 2: cargo a stands at index 0 already",
    ],
    ["dist: {name: x}", "extensions: a distribution needs at least one"],
    ["dist: {name: My}\nextensions: [{npm: a}]", 'dist: "My" is no name for a package'],
    ['dist: {version: "1.5"}\nextensions: [{npm: a}]', 'dist: "1.5" is no version'],
  ])("%s", async (text, message) => {
    expect((await mistakes(text)).message).toBe(`invalid configuration: ${message}`);
  });

  test("a path that is not there", async () => {
    const { message, notes } = await mistakes("extensions:\n  - cargo: a\n    path: ./nowhere");
    expect(message).toBe("invalid module configuration: filepath does not exist: <folder>/nowhere");
    expect(notes).toEqual(["builder.yaml:3:5: extensions::0::path"]);
  });
});
