import { describe, expect, test } from "vitest";
import { toObject } from "../../dist/confmap/node.js";
import type { InvalidConfigError } from "../../dist/confmap/problem.js";
import { resolveFiles } from "../../dist/confmap/resolve.js";
import { parseYaml } from "../../dist/confmap/yaml.js";
import { filesOfTest } from "../support/files.js";

const FRAME = "failed to get config: cannot resolve the configuration: ";
const values = (text: string) => toObject(parseYaml(text, "a.yaml"));

describe("values", () => {
  test.each([
    ["", {}],
    ["# nothing\n---\n", {}],
    ["a:\nb: ~\nc: ''\n", { a: null, b: null, c: "" }],
    [
      "a: 9007199254740991\nb: 18446744073709551615\nc: -1\nd: 1.5\ne: 0x10\nf: true",
      {
        a: 9007199254740991,
        b: 18446744073709551615n,
        c: -1,
        d: 1.5,
        e: 16,
        f: true,
      },
    ],
    ["a: 017\nb: 1_000\nc: -0b11\nd: 089\ne: +0x_1F\nf: 0o17", { a: 15, b: 1000, c: -3, d: 89, e: 31, f: 15 }],
    [
      "a: 1_0.5\nb: 1e3\nc: -.inf\nd: .5\ne: 1__0e_2\nf: +.5",
      { a: 10.5, b: 1000, c: -Infinity, d: 0.5, e: 1000, f: 0.5 },
    ],
    [
      "a: _1\nb: 0x_\nc: 1e\nd: 1:30\ne: 2024-01-02\nf: yes",
      { a: "_1", b: "0x_", c: "1e", d: "1:30", e: "2024-01-02", f: "yes" },
    ],
    [
      "a: !!float 5\nb: !!int '5'\nc: !!str 017\nd: ! 5\ne: !!bool 'true'\nf: !!null ~",
      { a: 5, b: 5, c: "017", d: "5", e: true, f: null },
    ],
    ["a: !!map {x: 1}\nb: !!seq [1]\nc: !<tag:yaml.org,2002:str> 5", { a: { x: 1 }, b: [1], c: "5" }],
    ["%YAML 1.1\n---\na: yes\nb: 1:30", { a: "yes", b: "1:30" }],
    ["b: &b {x: 1}\nk: {!!str <<: 2}", { b: { x: 1 }, k: { "<<": 2 } }],
    ["1: x\ntrue: y\n1.50: z", { "1": "x", true: "y", "1.50": "z" }],
    [
      "base: &b {x: 1, y: 2}\nk: {<<: *b, y: 3}\nl: {y: 4, <<: [*b, {x: 9, z: 5}]}\nm: *b",
      {
        base: { x: 1, y: 2 },
        k: { x: 1, y: 3 },
        l: { x: 1, y: 4, z: 5 },
        m: { x: 1, y: 2 },
      },
    ],
    ['"<<": 1', { "<<": 1 }],
    ["&k a: 1\nb: *k", { a: 1, b: "a" }],
  ])("%j", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test("an alias stands where it is used", () => {
    const root = parseYaml("base: &b {x: 1}\nk: *b\n", "a.yaml");
    expect(root.entries.get("k")?.value.place).toEqual({ file: "a.yaml", line: 2, column: 4 });
  });
});

describe("files that are no configuration", () => {
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level++) {
    bomb.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  test.each([
    ["a: [1, 2", "a.yaml is not valid YAML: ", 1, 9],
    ["a: 1\n b: 2", "a.yaml is not valid YAML: ", 1, 4],
    ["a: 1\nb:\n  c: 1\n  c: 2", 'a.yaml: mapping key "c" already defined at line 3', 4, 3],
    ["- a\n- b", "a.yaml: expected a map of sections at the top, got a list", 1, 1],
    ["\njust text", "a.yaml: expected a map of sections at the top, got a single value", 2, 1],
    ["a: 1\n---\nb: 1", "a.yaml is not valid YAML: ", 2, 1],
    ["? [a]\n: 1", "a.yaml: a key must be a single value", 1, 3],
    ["k: {<<: 5}", 'a.yaml: "<<" takes a map, or a list of maps', 1, 5],
    ["b: &b {}\nk: {<<: *b, <<: *b}", 'a.yaml: mapping key "<<" already defined at line 2', 2, 13],
    ["a: !!omap [x: 1]", "a.yaml: the tag !!omap is not supported", 1, 4],
    ["a: 1\nb: !!set {x, y}", "a.yaml: the tag !!set is not supported", 2, 4],
    ["a: !!binary aGk=", "a.yaml: the tag !!binary is not supported", 1, 4],
    ["a: !!timestamp 2024-01-02", "a.yaml: the tag !!timestamp is not supported", 1, 4],
    ["b: &b {x: 1}\nk: {!!merge <<: *b}", "a.yaml: the tag !!merge is not supported", 2, 5],
    ["a: !foo {x: 1}", "a.yaml: the tag !foo is not supported", 1, 4],
    ["!foo a: 1", "a.yaml: the tag !foo is not supported", 1, 1],
    ["a: !<tag:example.com,2000:x> 5", "a.yaml: the tag tag:example.com,2000:x is not supported", 1, 4],
    ["a: !!int 5.5", "a.yaml: what stands here is no !!int", 1, 4],
    ["a: !!bool yes", "a.yaml: what stands here is no !!bool", 1, 4],
    ["a: !!map [1]", "a.yaml: what stands here is no !!map", 1, 4],
    ["%FOO x\n---\na: 1", "a.yaml is not valid YAML: Unknown directive %FOO", 1, 1],
    ["a: *none", "a.yaml: an alias without an anchor: *none", 1, 4],
    ["a: &x {b: *x}", "a.yaml: an anchor that contains itself", 1, 11],
    [`a:\n  b: x\${env:HOME}`, `references like \${env:NAME} are not expanded by this version of ferrule`, 2, 6],
    [bomb.join("\n"), "a.yaml: aliases add up to more than 100000 values", 6, undefined],
    [`a: ${"[".repeat(300)}${"]".repeat(300)}`, "a.yaml: nested more than 200 levels deep", 1, undefined],
    [`a: ${"[".repeat(100_000)}`, "a.yaml", 1, undefined],
  ])("%#: %.20j", (text, message, line, column) => {
    let thrown: InvalidConfigError | undefined;
    try {
      parseYaml(text, "a.yaml");
    } catch (error) {
      thrown = error as InvalidConfigError;
    }
    expect(thrown).toMatchObject({ name: "InvalidConfigError", code: "CONFIG_INVALID", stage: "resolve" });
    expect(thrown?.message.slice(0, FRAME.length + message.length)).toBe(FRAME + message);
    const place = thrown?.problems[0]?.spots[0]?.place;
    expect(place).toMatchObject({ file: "a.yaml", ...(column === undefined ? {} : { line, column }) });
    expect(thrown?.notes).toEqual([`a.yaml:${place?.line}:${place?.column}`]);
  });
});

describe("resolveFiles", () => {
  test("lays each file over the ones before, with or without the scheme", async () => {
    const directory = filesOfTest({ "a.yaml": "a: {x: 1}", "b.yaml": "a: {y: 2}" });
    const conf = await resolveFiles([`${directory}/a.yaml`, `file:${directory}/b.yaml`]);
    expect(conf.toStringMap()).toEqual({ a: { x: 1, y: 2 } });
    expect(conf.locate("a::y")?.file).toBe(`${directory}/b.yaml`);
  });

  test("names what it cannot read", async () => {
    const directory = filesOfTest({ "bad.yaml": new Uint8Array([0x61, 0x3a, 0xff]) });
    const unreadable = `${FRAME}cannot retrieve the configuration: unable to read the file file:`;
    const cases: [string[], string][] = [
      [[], "at least one config flag must be provided"],
      [
        [`${directory}/no.yaml`],
        `${unreadable}${directory}/no.yaml: open ${directory}/no.yaml: no such file or directory`,
      ],
      [["c:no.yaml"], `${unreadable}c:no.yaml: open c:no.yaml: no such file or directory`],
      [[directory], `${unreadable}${directory}: read ${directory}: is a directory`],
      [[`${directory}/bad.yaml`], `${unreadable}${directory}/bad.yaml: the file is not UTF-8 text`],
      [["ftp:x"], `${FRAME}unsupported scheme on URI "ftp:x"`],
    ];
    for (const [uris, message] of cases)
      await expect(resolveFiles(uris)).rejects.toThrow(expect.objectContaining({ message }));
  });
});
