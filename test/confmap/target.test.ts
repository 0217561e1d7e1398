import { describe, expect, test } from "vitest";
import { Conf, decodeFields, type Fields, type InvalidConfigError } from "../../dist/index.js";
import { confOf } from "../support/conf.js";
import { resolved } from "../support/resolver.js";

const ENV = { OCTAL: "0123", TEXT: "a,b", EMPTY: "", LIST: "['${OCTAL}', x]", MAP: "{x: '${OCTAL}'}", NULL: "null" };
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("what fits", () => {
  test.each<[string, string, unknown]>([
    ["string", "'${OCTAL}'", "0123"],
    ["int", "'${OCTAL}'", 83],
    ["any", "'${OCTAL}'", 83],
    ["string", "'${EMPTY}'", ""],
    ["*string", "'${EMPTY}'", null],
    ["*string", "'${OCTAL}'", "0123"],
    ["*int", "5", 5],
    ["string", "", ""],
    ["uint8", "255", 255],
    ["int", "1.0", 1],
    ["float", "3", 3],
    ["bool", "TRUE", true],
    ["duration", "1h0.5s", "1h0m0.5s"],
    ["duration", "2h1m30s", "2h1m30s"],
    ["duration", "90s", "1m30s"],
    ["duration", "1500", "1.5µs"],
    ["duration", "-2ms", "-2ms"],
    ["duration", "0", "0s"],
    ["[]string", "'${TEXT}'", ["a", "b"]],
    ["[]string", "''", []],
    ["[]string", "'${LIST}'", ["0123", "x"]],
    ["[]int", "[1, '${OCTAL}', ]", [1, 83]],
    ["map[string]string", "'${MAP}'", { x: "0123" }],
    ["map[string][]string", "{a: x}", { a: ["x"] }],
    ["map[string]any", "{a: '${OCTAL}'}", { a: 83 }],
    ["map[string]any", "{a: {b: '${OCTAL}'}}", { a: { b: { value: 83, original: "0123" } } }],
    ["any", "{a: '${OCTAL}'}", { a: { value: 83, original: "0123" } }],
  ])("%s takes %s", async (type, value, expected) => {
    expect(plain(decodeFields(await resolved(`k: ${value}`, ENV), { k: type }).k)).toEqual(expected);
  });

  test("what is absent is zero, in structures too", () => {
    const fields: Fields = {
      a: "string",
      b: "[]int",
      c: { d: "int", e: { f: "duration" } },
      g: "any",
      h: "map[string]bool",
    };
    const zero = { a: "", b: null, c: { d: 0, e: { f: "0s" } }, g: null, h: null };
    expect(plain(decodeFields(new Conf(), fields))).toEqual(zero);
    expect(plain(decodeFields(confOf("{a: , b: , c: , g: , h: }"), fields))).toEqual(zero);
    expect(plain(decodeFields(confOf("c: {e: {f: 1s}}"), fields))).toEqual({ ...zero, c: { d: 0, e: { f: "1s" } } });
  });
});

describe("what does not fit is told with its place, all of it together", () => {
  const cases: [Fields, string, string[], string[]][] = [
    [{ k: "string" }, "k: 0x10", ["'k' expected type 'string', got unconvertible type 'int'"], ["a.yaml:1:4: k"]],
    [{ k: "string" }, "k: 1.0", ["'k' expected type 'string', got unconvertible type 'float64'"], ["a.yaml:1:4: k"]],
    [{ k: "int" }, "k: 1.5", ["'k' cannot hold 1.5 as type 'int': it is no whole number"], ["a.yaml:1:4: k"]],
    [{ k: "uint8" }, "k: 256", ["'k' cannot hold 256 as type 'uint8': it is not between 0 and 255"], ["a.yaml:1:4: k"]],
    [
      { k: "int" },
      "k: 18446744073709551615",
      [
        "'k' cannot hold 18446744073709551615 as type 'int': it is not between -9223372036854775808 and 9223372036854775807",
      ],
      ["a.yaml:1:4: k"],
    ],
    [{ k: "duration" }, "k: 5", [], []],
    [{ k: "duration" }, "k: 5x", ["'k' time: unknown unit"], ["a.yaml:1:4: k"]],
    [{ k: "duration" }, "k: '5'", ["'k' time: missing unit in duration"], ["a.yaml:1:4: k"]],
    [
      { k: "duration" },
      "k: true",
      ["'k' expected type 'time.Duration', got unconvertible type 'bool'"],
      ["a.yaml:1:4: k"],
    ],
    [{ k: "[]string" }, "k: 5", ["'k' source data must be an array or slice, got int"], ["a.yaml:1:4: k"]],
    [
      { k: "[]float" },
      "k: [x]",
      ["'k[0]' expected type 'float64', got unconvertible type 'string'"],
      ["a.yaml:1:5: k::0"],
    ],
    [
      { k: "map[string]any" },
      "k: x",
      ["'k' expected type 'map[string]interface {}', got unconvertible type 'string'"],
      ["a.yaml:1:4: k"],
    ],
    [{ k: { a: "int" } }, "k: x", ["'k' expected a map or struct, got \"string\""], ["a.yaml:1:4: k"]],
    [
      { b: "bool", a: "int", c: { timeout: "int" } },
      "b: y\nz: 1\na: x\nc: {timeuot: 1}",
      [
        "'a' expected type 'int', got unconvertible type 'string'",
        "'b' expected type 'bool', got unconvertible type 'string'",
        "'c' has invalid keys: timeuot",
        "'<target>' has invalid keys: z",
      ],
      ["a.yaml:3:4: a", "a.yaml:1:4: b", "a.yaml:4:5: c::timeuot", 'did you mean "timeout"?', "a.yaml:2:1: z"],
    ],
  ];
  test.each(cases)("%j takes no %j", (fields, text, messages, notes) => {
    let thrown: InvalidConfigError | undefined;
    try {
      decodeFields(confOf(text), fields);
    } catch (error) {
      thrown = error as InvalidConfigError;
    }
    if (messages.length === 0) expect(thrown).toBeUndefined();
    else expect(thrown?.message).toBe(`decoding failed due to the following error(s):\n\n${messages.join("\n")}`);
    expect(thrown?.notes ?? []).toEqual(notes);
  });

  test("a type that is none is misuse", () => {
    expect(() => decodeFields(new Conf(), { k: "number" })).toThrow("unknown field type number");
  });
});
