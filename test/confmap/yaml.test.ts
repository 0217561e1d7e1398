import { describe, expect, test } from "vitest";
import type { InvalidConfigError } from "../../dist/confmap/problem.js";
import { resolveFiles } from "../../dist/confmap/resolve.js";
import { confOf } from "../support/conf.js";
import { filesOfTest } from "../support/files.js";

const FRAME = "failed to get config: cannot resolve the configuration: ";
const values = (text: string) => confOf(text).toStringMap();

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
      { a: "_1", b: "0x_", c: "1e", d: "1:30", e: new Date("2024-01-02"), f: "yes" },
    ],
    [
      "a: !!float 5\nb: !!int '5'\nc: !!str 017\nd: ! 5\ne: !!bool 'true'\nf: !!null ~",
      { a: 5, b: 5, c: "017", d: 5, e: true, f: null },
    ],
    ["a: !!map {x: 1}\nb: !!seq [1]\nc: !<tag:yaml.org,2002:str> 5", { a: { x: 1 }, b: [1], c: "5" }],
    ["%YAML 1.1\n---\na: yes\nb: 1:30", { a: "yes", b: "1:30" }],
    ["b: &b {x: 1}\nk: {!!str <<: 2}", { b: { x: 1 }, k: { "<<": 2 } }],
    ["m: {1: x, true: y, 1.50: z, ~: n, 0x10: h}", { m: { "1": "x", true: "y", "1.5": "z", "<nil>": "n", "16": "h" } }],
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
    ["a: &x 1\nb: &x 2\nc: *x\nd: &x 3", { a: 1, b: 2, c: 2, d: 3 }],
    ["a: !!binary aGk=\nb: !!omap [x: 1]\nc: !foo 5\nd: !foo {x: 1}", { a: "hi", b: [{ x: 1 }], c: "5", d: { x: 1 } }],
    ["b: &b {x: 1}\nk: {!!merge <<: *b}", { b: { x: 1 }, k: { x: 1 } }],
    ["a: 1\n---\nb: [", { a: 1 }],
    [
      "a: [1,\n2, {\nx: y\n}\n]\nb: 'x\ny'\nc:\n  d: \"e\n\n f\"\n  g: [\n  h]\ni: j",
      {
        a: [1, 2, { x: "y" }],
        b: "x y",
        c: { d: "e\nf", g: ["h"] },
        i: "j",
      },
    ],
    [
      "a: on\nb: 08\nc: 1e400\nd: .5_0\ne: 0b102\nf: 12e03",
      { a: "on", b: 8, c: "1e400", d: 0.5, e: "0b102", f: 12_000 },
    ],
    [
      "a: 2001-12-14t21:59:43.10-05:00\nb: 2001-12-14 21:59:43\nc: 2001-02-30",
      {
        a: new Date("2001-12-15T02:59:43.100Z"),
        b: new Date("2001-12-14T21:59:43Z"),
        c: "2001-02-30",
      },
    ],
  ])("%j", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test("an alias stands where it is used", () => {
    expect(confOf("base: &b {x: 1}\nk: *b\n").locateValue("k")).toEqual({ file: "a.yaml", line: 2, column: 4 });
  });
});

describe("files that are no configuration", () => {
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level++) {
    bomb.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  const invalid =
    "retrieved value (type=string) cannot be used as a Conf: assuming string type since contents are not valid YAML: yaml: ";
  const repeated = (...lines: string[]): string => `${invalid}unmarshal errors:\n  ${lines.join("\n  ")}`;
  test.each([
    ["a: [1, 2", `${invalid}line 1: did not find expected ',' or ']'`, 1, 4],
    ["a: {b: 1", `${invalid}line 1: did not find expected ',' or '}'`, 1, 4],
    ["x: 1\na: [1, {b: 2}, 3\nc: 4\nd: {e: 5}", `${invalid}line 2: did not find expected ',' or ']'`, 2, 4],
    ["x: 1\na: 'b\nc: 4\n", `${invalid}line 2: found unexpected end of stream: the quote ' is not closed`, 2, 4],
    ["a: 1\n b: 2", `${invalid}line 1: `, 1, 4],
    ["a: 1\nb:\n  c: 1\n  c: 2", repeated('line 4: mapping key "c" already defined at line 3'), 4, 3],
    [
      "a: {b: 1, b: 2}\nc: 1\nc: 2",
      repeated(
        'line 3: mapping key "c" already defined at line 2',
        'line 1: mapping key "b" already defined at line 1',
      ),
      3,
      1,
    ],
    ["- a\n- b", "retrieved value (type=[]interface {}) cannot be used as a Conf", 1, 1],
    ["\njust text", "retrieved value (type=string) cannot be used as a Conf", 2, 1],
    ["42", "retrieved value (type=int) cannot be used as a Conf", 1, 1],
    ["? [a]\n: 1", `${invalid}invalid map key`, 1, 3],
    ["k: {<<: 5}", `${invalid}map merge requires map or sequence of maps as the value`, 1, 9],
    ["b: &b {}\nk: {<<: *b, <<: *b}", repeated('line 2: mapping key "<<" already defined at line 2'), 2, 13],
    ["a: !!int 5.5", `${invalid}cannot decode !!float \`5.5\` as a !!int`, 1, 10],
    ["a: !!bool yes", `${invalid}cannot decode !!str \`yes\` as a !!bool`, 1, 11],
    ["a: !!binary x", `${invalid}!!binary value contains invalid base64 data`, 1, 13],
    ["a: *none", `${invalid}unknown anchor 'none' referenced`, 1, 4],
    ["a: &x {b: *x}", `${invalid}anchor 'x' value contains itself`, 1, 11],
    ["a: \u0001", `${invalid}control characters are not allowed`, 1, undefined],
    [bomb.join("\n"), `${invalid}document contains excessive aliasing`, undefined, undefined],
    [`a: ${"[".repeat(300)}${"]".repeat(300)}`, `${invalid}exceeded max depth of 200`, 1, undefined],
    [`a: ${"[".repeat(100_000)}`, `${invalid}exceeded max depth of 200`, 1, undefined],
    [`a: ${"{a: ".repeat(100_000)}`, `${invalid}exceeded max depth of 200`, 1, undefined],
    [`${"- ".repeat(100_000)}x`, `${invalid}exceeded max depth of 200`, 1, undefined],
  ])("%#: %.20j", (text, message, line, column) => {
    let thrown: InvalidConfigError | undefined;
    try {
      confOf(text);
    } catch (error) {
      thrown = error as InvalidConfigError;
    }
    expect(thrown).toMatchObject({ name: "InvalidConfigError", code: "CONFIG_INVALID", stage: "resolve" });
    expect(thrown?.message.slice(0, FRAME.length + message.length)).toBe(FRAME + message);
    const place = thrown?.problems[0]?.spots[0]?.place;
    expect(place).toMatchObject({
      file: "a.yaml",
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    });
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
      [
        [`${directory}/bad.yaml`],
        `${FRAME}retrieved value (type=string) cannot be used as a Conf: assuming string type since contents are not valid YAML: yaml: invalid UTF-8 text`,
      ],
      [["ftp:x"], 'unsupported scheme on URI "ftp:x"'],
    ];
    for (const [uris, message] of cases)
      await expect(resolveFiles(uris)).rejects.toThrow(expect.objectContaining({ message }));
  });
});
