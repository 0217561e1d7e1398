/** Inputs that mean harm, or come from a broken program: a clear answer, and nothing else happens. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Conf, FerruleError, Retrieved } from "../../dist/index.js";
import { valuesOf } from "../support/resolver.js";

/** Resolves, or answers the text of the refusal. Whatever else is thrown is a fault of ours. */
async function outcome(text: string, env: Record<string, string> = {}): Promise<unknown> {
  try {
    return await valuesOf(text, env);
  } catch (error) {
    if (!(error instanceof FerruleError)) throw error;
    return error.message;
  }
}

const LEVELS = 100_000;
const TEN_MEGABYTES = 10_000_000;

describe("depth", () => {
  test.each<[string, string, string]>([
    ["brackets", `k: ${"[".repeat(LEVELS)}`, "exceeded max depth"],
    ["closed brackets", `k: ${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}`, "exceeded max depth"],
    ["braces", `k: ${"{a: ".repeat(LEVELS)}`, "exceeded max depth"],
    ["dashes in a large text", `${"- ".repeat(7 * LEVELS)}x`, "exceeded max depth"],
    ["dashes", `${"- ".repeat(LEVELS)}x`, "exceeded max depth"],
    ["questions", `${"? ".repeat(LEVELS)}x`, "exceeded max depth"],
    ["tags", `k: ${"!!str ".repeat(LEVELS)}x`, "not valid YAML"],
    ["parts of a key", `? ${"a::".repeat(LEVELS)}b\n: 1`, "a key has more than 500 parts"],
    ["references", `k: ${"${".repeat(LEVELS)}V${"}".repeat(LEVELS)}`, "invalid name"],
  ])("%s", async (_, text, words) => {
    expect(await outcome(text)).toContain(words);
  });

  test("of values given in code", () => {
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < LEVELS; level++) deep = { a: deep };
    expect(() => Conf.fromMap(deep)).toThrow("the configuration is nested more than 500 levels deep");
  });

  test("of references in references", async () => {
    const names = Array.from({ length: 400 }, (_, index) => [`V${index}`, `['\${V${index + 1}}']`]);
    const env = Object.fromEntries([...names, ["V400", "end"]]) as Record<string, string>;
    expect(await outcome("k: ${V0}", env)).toContain("too many recursive expansions");
    expect(await outcome("k: ${V300}", env)).toEqual({ k: expect.any(Array) });
  });
});

describe("size", () => {
  const long = "x".repeat(TEN_MEGABYTES);
  test.each<[string, string, Record<string, string>, number]>([
    ["a plain value", `k: ${long}`, {}, TEN_MEGABYTES],
    ["a quoted value", `k: "${long}"`, {}, TEN_MEGABYTES],
    ["a reference", "k: ${V}", { V: long }, TEN_MEGABYTES],
    ["a reference in text", "k: a${V}", { V: long }, TEN_MEGABYTES + 1],
    ["blanks in a block", `k: |\n  b${" ".repeat(TEN_MEGABYTES)}\n`, {}, TEN_MEGABYTES + 2],
    ["digits", "k: ${V}", { V: "1".repeat(1_000_000) }, 1_000_000],
    ["braces in text", "k: ${V}", { V: `\${x${"}".repeat(1_000_000)}`.slice(2) }, 1_000_001],
  ])("%s of ten megabytes", async (_, text, env, length) => {
    expect(((await valuesOf(text, env)) as { k: string }).k).toHaveLength(length);
  });

  test("a million items are refused before anything is made of them", async () => {
    expect(await outcome(`k:\n${"- x\n".repeat(1_000_000)}`)).toContain("the text consists of more than 1500000 parts");
  });

  test("aliases of aliases", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 30; level++) lines.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(10)}]`);
    expect(await outcome(lines.join("\n"))).toContain("document contains excessive aliasing");
  });
});

describe("names that objects have", () => {
  const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

  test.each(names.map((name) => [name]))("%s is a key like any other, everywhere", async (name) => {
    const inner = `{${name}: {polluted: 1}, "${name}::polluted": 2}`;
    const text = `{${name}: ${inner}, l: [${inner}], e: '\${V}', "${name}::x::y": 3}`;
    const values = (await valuesOf([text, text], { V: inner })) as Record<string, Record<string, unknown>>;
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.hasOwn(values, name)).toBe(true);
    expect(Object.keys(Object.getOwnPropertyDescriptor(values, name)?.value as object).sort()).toEqual(
      [name, "x"].sort(),
    );
    expect(Object.keys(values.e ?? {}).includes(name)).toBe(true);
    const conf = Conf.fromMap(values);
    expect([conf.isSet(`${name}::x::y`), conf.isSet(`${name}::nope`), conf.isSet("nope")]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

test("no text does anything but resolve, or be refused", async () => {
  const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  const token = fc.constantFrom(
    ...[
      "a",
      "b",
      ": ",
      ":",
      "- ",
      "\n",
      "\n  ",
      "[",
      "]",
      "{",
      "}",
      ", ",
      "&x ",
      "*x",
      "<<: ",
      "!!int ",
      "!foo ",
      "|",
      ">",
    ],
    ...[
      "'",
      '"',
      "\\",
      "${V}",
      "${",
      "$$",
      "$",
      "#",
      " ",
      "\t",
      "---",
      "...",
      "? ",
      "%",
      "@",
      "0x1f",
      "1_0",
      "~",
      "\u0085",
    ],
    ...["__proto__", "::", "é", "\u{1f600}", "\ud800", "\u0000", "2024-01-02", ".inf", "1e999", "-", "+"],
  );
  const text = fc.array(token, { maxLength: 25 }).map((tokens) => tokens.join(""));
  await fc.assert(
    fc.asyncProperty(text, text, async (source, variable) => {
      await outcome(source, { V: variable });
      await outcome("k: ['${V}', 'x${V}']", { V: variable });
      try {
        Retrieved.fromYaml(Buffer.from(source, "utf16le"));
      } catch (error) {
        if (!(error instanceof FerruleError)) throw error;
      }
    }),
    {
      numRuns: 400,
      examples: [
        ["::\n  : ", ""],
        ['"a:":\n  ":b": ${V}', "x"],
      ],
    },
  );
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
});
