/** Writing as Go's writers do: quotes, order of keys, durations, and what is absent. */
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { formatJson } from "../../dist/cli/go-json.js";
import { compareKeys, formatYaml } from "../../dist/cli/go-yaml.js";
import { NIL_LIST, NIL_MAP } from "../../dist/config/print-collector.js";
import { Duration, Float, Opaque } from "../../dist/index.js";
import { ferrule } from "../support/cli.js";

describe("YAML", () => {
  test.each([
    ["plain", "plain"],
    ["", '""'],
    ["0123", '"0123"'],
    ["1.5", '"1.5"'],
    ["true", '"true"'],
    ["yes", '"yes"'],
    ["null", '"null"'],
    ["2001-01-01", '"2001-01-01"'],
    ["1:30", '"1:30"'],
    ["[REDACTED]", "'[REDACTED]'"],
    ["it's: x", "'it''s: x'"],
    ["a #b", "'a #b'"],
    ["a:b#c", "a:b#c"],
    ["- x", "'- x'"],
    ["-x", "-x"],
    [" x", "' x'"],
    ["tab\there", '"tab\\there"'],
    ["bell\u0007", '"bell\\a"'],
    ["one\ntwo", "|-\n    one\n    two"],
    ["one\n", "|\n    one"],
    ["grün", "grün"],
  ])("%j", (text, written) => {
    expect(formatYaml({ k: text })).toBe(`k: ${written}\n`);
    expect(parse(formatYaml({ k: text }))).toEqual({ k: text });
  });

  test("maps, lists and what is absent", () => {
    const value = { b: [{ x: 1, y: { z: null } }, [1, 2], []], a: { m: NIL_MAP, l: NIL_LIST }, e: {} };
    expect(formatYaml(value)).toBe(
      'a:\n    l: []\n    m: {}\nb:\n    - x: 1\n      "y":\n        z: null\n    - - 1\n      - 2\n    - []\ne: {}\n',
    );
  });

  test("durations and floats", () => {
    expect(formatYaml({ d: Duration.parse("90s"), f: new Float(2_000_000), g: new Float(1) })).toBe(
      "d: 1m30s\nf: 2e+06\ng: 1\n",
    );
  });

  test("keys stand in Go's order", () => {
    expect(["b", "a10", "a2", "a", "_x", "1", "B", "a/2"].sort(compareKeys)).toEqual([
      "_x",
      "1",
      "B",
      "a",
      "a/2",
      "a2",
      "a10",
      "b",
    ]);
  });
});

test("JSON", () => {
  expect(formatJson({ b: NIL_MAP, a: { d: new Duration(5n), t: "<&>" }, l: [1, NIL_LIST], e: [], m: {} })).toBe(
    '{\n  "a": {\n    "d": 5,\n    "t": "\\u003c\\u0026\\u003e"\n  },\n  "b": null,\n  "e": [],\n  "l": [\n    1,\n    null\n  ],\n  "m": {}\n}\n',
  );
});

test("a secret is covered wherever it is printed", () => {
  const secret = new Opaque("hush");
  expect([`${secret}`, JSON.stringify({ secret }), secret.reveal()]).toEqual([
    "[REDACTED]",
    '{"secret":"[REDACTED]"}',
    "hush",
  ]);
});

test("what print-config prints is a configuration that prints the same", async () => {
  const text = "extensions: {rust_sample: {timeout_ms: 7}}\nservice: {extensions: [rust_sample]}";
  const once = await ferrule(["print-config", `--config=yaml:${text}`]);
  expect(once).toMatchObject({ code: 0, stderr: "" });
  expect(await ferrule(["print-config", `--config=yaml:${once.stdout}`])).toEqual(once);
});

test("doctor and completion", async () => {
  expect(await ferrule(["doctor"])).toMatchObject({ code: 0, stderr: "" });
  const missing = await ferrule(["doctor", "--library=none.so"]);
  expect(missing.code).toBe(1);
  expect(missing.stdout).toMatch(/^FAIL library, ABI and layout: none\.so\n {5}.*--library$/m);
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await ferrule(["completion", shell]);
    expect(code).toBe(0);
    expect(stdout).toContain("print-config");
  }
  expect((await ferrule(["completion", "csh"])).stderr).toMatch(/^Error: unknown shell "csh": bash, fish, zsh\n/);
});
