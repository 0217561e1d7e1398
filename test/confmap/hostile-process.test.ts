/**
 * The same as `hostile.test.ts` for the whole command, in a process with little memory: what is refused there must not
 * end this one by other means.
 */
import { expect, test } from "vitest";
import { Running } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";

/** MiB of V8's heap. */
const HEAP = 512;
const MANY = 100_000;
const lines = (make: (index: number) => string): string =>
  Array.from({ length: MANY }, (_, index) => make(index)).join("");
const bomb = Array.from(
  { length: 30 },
  (_, level) => `a${level}: &a${level} [${level === 0 ? "x" : `*a${level - 1}, `.repeat(10)}]\n`,
).join("");

test.each<[string, string | Uint8Array, RegExp]>([
  ["brackets in brackets", `k: ${"[".repeat(MANY)}`, /exceeded max depth/],
  ["braces in braces", `k: ${"{a: ".repeat(MANY)}`, /exceeded max depth/],
  ["dashes behind dashes", `k:\n  ${"- ".repeat(MANY)}x`, /exceeded max depth/],
  ["aliases of aliases", bomb, /document contains excessive aliasing/],
  [
    "ten megabytes of text",
    `extensions: ${"x".repeat(10_000_000)}`,
    /'extensions' expected a map or struct, got "string"/,
  ],
  ["many keys", lines((index) => `k${index}: 1\n`), /'<target>' has invalid keys: k0, k1, k10, /],
  ["one key many times", lines(() => "k: 1\n"), /line 2: mapping key "k" already defined at line 1/],
  [
    "many components",
    `extensions:\n${lines((index) => `  nope/${index}:\n`)}`,
    /unknown type: "nope" for id: "nope\/0"/,
  ],
  ["a path of many keys", `${"a::".repeat(MANY)}b: 1`, /not valid YAML|a key has more than 500 parts/],
  ["a path of many keys, told to be one", `? ${"a::".repeat(MANY)}b\n: 1`, /a key has more than 500 parts/],
  ["references in references", `k: ${"${".repeat(MANY)}V${"}".repeat(MANY)}`, /has invalid name/],
  ["references that are not closed", `k: "${"${".repeat(MANY)}"`, /'<target>' has invalid keys: k/],
  [
    "names that objects have",
    "__proto__: {a: 1}\nconstructor: 1\ntoString: 1\n",
    /invalid keys: __proto__, constructor, toString/,
  ],
  ["NUL", "k: \0", /control characters are not allowed/],
  ["half of a pair", 'k: "\\ud800"', /invalid Unicode character escape code/],
  ["bytes that are no text", Uint8Array.of(0x6b, 0x3a, 0x20, 0xff, 0xfe), /invalid UTF-8 text/],
])("%s", async (_, content, said) => {
  const cwd = filesOfTest({ "c.yaml": content });
  const { child, ended } = new Running(["validate", "--config=c.yaml"], cwd, undefined, [
    `--max-old-space-size=${HEAP}`,
  ]);
  const { code, stdout, stderr } = await ended;
  expect([code, child.signalCode, stdout]).toEqual([1, null, ""]);
  expect(stderr).toMatch(/^Error: /);
  expect(stderr).toMatch(said);
});
