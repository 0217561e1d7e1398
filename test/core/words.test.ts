import { describe, expect, test } from "vitest";
import { LinkedAbort } from "../../dist/core/abort.js";
import { quote } from "../../dist/core/quote.js";
import { parseStability, STABILITIES, stabilitySentence } from "../../dist/core/stability.js";
import { suggest } from "../../dist/core/suggest.js";

describe("quote", () => {
  test.each([
    ["plain é 日 😀", '"plain é 日 😀"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["\u0007\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'],
    ["\u0000\u001b\u007f", '"\\x00\\x1b\\x7f"'],
    ["\u00a0\u200b\ufeff", '"\\u00a0\\u200b\\ufeff"'],
    ["\u{e0001}", '"\\U000e0001"'],
    ["\ud800", '"\ufffd"'],
  ])("%j as Go writes it", (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });
});

describe("stability", () => {
  test("levels are read in any case, and nothing else is", () => {
    expect(STABILITIES.map((level) => parseStability(level.toUpperCase()))).toEqual(STABILITIES);
    for (const text of ["none", ""]) {
      const message = `unsupported stability level: "${text}"`;
      expect(() => parseStability(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", message }));
    }
    expect(stabilitySentence("Beta")).toBe("Beta component. May change in the future.");
  });
});

describe("suggest", () => {
  test.each([
    ["timeout_sm", "timeout_ms"],
    ["endpoin", "endpoint"],
    ["Enabled", "enabled"],
    ["zzzzzzzz", undefined],
    ["", undefined],
  ])("%j: %j", (word, nearest) => {
    expect(suggest(word, ["endpoint", "timeout_ms", "enabled"])).toBe(nearest);
  });
});

describe("LinkedAbort", () => {
  test("follows the caller's signal until it is unlinked, and aborts alone", () => {
    const outer = new AbortController();
    const [followed, unlinked, own] = [0, 1, 2].map(() => new LinkedAbort(outer.signal));
    unlinked!.unlink();
    own!.abort("own");
    outer.abort("outer");
    expect([followed, unlinked, own].map((abort) => abort!.signal.reason)).toEqual(["outer", undefined, "own"]);
    expect(new LinkedAbort(outer.signal).signal.reason).toBe("outer");
    expect(new LinkedAbort(undefined).signal.aborted).toBe(false);
  });
});
