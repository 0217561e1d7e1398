import { describe, expect, test } from "vitest";
import { ComponentId, parseType } from "../../dist/core/id.js";

const long = (count: number): string => "x".repeat(count);

describe("component ids", () => {
  test.each([
    ["otlp", "otlp", ""],
    ["file_storage/hot", "file_storage", "hot"],
    ["otlp/a/b", "otlp", "a/b"],
    ["otlp//b", "otlp", "/b"],
    ["  otlp  ", "otlp", ""],
    ["otlp / name ", "otlp", "name"],
    ["\totlp/\tn\n", "otlp", "n"],
    ["\u0085otlp\u00a0/\u3000n\u2028", "otlp", "n"],
    ["Ab9_", "Ab9_", ""],
    ["t/dash-and.dot", "t", "dash-and.dot"],
    ["t/日本", "t", "日本"],
    [`a${long(62)}`, `a${long(62)}`, ""],
    [`t/${long(1024)}`, "t", long(1024)],
    [`t/${"é".repeat(512)}`, "t", "é".repeat(512)],
  ])("%j is read", (text, type, name) => {
    const id = ComponentId.parse(text);
    expect({ type: id.type, name: id.name }).toEqual({ type, name });
    expect(id.toString()).toBe(name === "" ? type : `${type}/${name}`);
    expect(JSON.stringify([id])).toBe(JSON.stringify([id.toString()]));
  });

  test.each([
    ["", "id must not be empty"],
    ["   ", "id must not be empty"],
    ["/", 'in "/" id: the part before / should not be empty'],
    ["/x", 'in "/x" id: the part before / should not be empty'],
    ["x/", 'in "x/" id: the part after / should not be empty'],
    ["x/  ", 'in "x/  " id: the part after / should not be empty'],
    ["1abc", 'in "1abc" id: invalid character(s) in type "1abc"'],
    ["a-b", 'in "a-b" id: invalid character(s) in type "a-b"'],
    ["a.b/ok", 'in "a.b/ok" id: invalid character(s) in type "a.b"'],
    ["\ufeffotlp", 'in "\\ufeffotlp" id: invalid character(s) in type "\\ufeffotlp"'],
    ["t/a b", 'in "a b" id: invalid character(s) in name "a b"'],
    ["t/a+b", 'in "a+b" id: invalid character(s) in name "a+b"'],
    ["t/a\tb", 'in "a\\tb" id: invalid character(s) in name "a\\tb"'],
    ["9bad/na me", 'in "na me" id: invalid character(s) in name "na me"'],
    [long(64), `in "${long(64)}" id: invalid character(s) in type "${long(64)}"`],
    [`t/${long(1025)}`, `in "${long(1025)}" id: name "${long(1025)}" is longer than 1024 characters (1025 characters)`],
    [
      `t/${"é".repeat(513)}`,
      `in "${"é".repeat(513)}" id: name "${"é".repeat(513)}" is longer than 1024 characters (1026 characters)`,
    ],
  ])("%j is refused", (text, message) => {
    expect(() => ComponentId.parse(text)).toThrow(expect.objectContaining({ code: "INVALID_ID", message }));
  });

  test("a type by itself is not trimmed, and the constructor does not check the name", () => {
    expect(parseType("Z_9")).toBe("Z_9");
    expect(() => parseType("")).toThrow("id must not be empty");
    expect(() => parseType(" x")).toThrow('invalid character(s) in type " x"');
    expect(() => parseType("x/y")).toThrow('invalid character(s) in type "x/y"');
    expect(new ComponentId("t", "a b").toString()).toBe("t/a b");
    expect(() => new ComponentId("a-b")).toThrow('invalid character(s) in type "a-b"');
  });
});
