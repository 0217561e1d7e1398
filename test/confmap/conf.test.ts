import { describe, expect, test } from "vitest";
import { Conf, kindOf } from "../../dist/confmap/conf.js";
import { confOf as read } from "../support/conf.js";

describe("Conf", () => {
  const conf = read("extensions:\n  rust_sample/one:\n    timeout_ms: 5\n    list: [a, {b: 1}]\n  empty:\nn: 1\n");

  test("get, isSet and sub go by path", () => {
    expect(conf.keys()).toEqual(["extensions", "n"]);
    expect(conf.get("extensions::rust_sample/one::timeout_ms")).toBe(5);
    expect(conf.get(["extensions", "rust_sample/one", "list", 1, "b"])).toBe(1);
    expect(conf.get(["extensions", "rust_sample/one", "list", 0])).toBe("a");
    for (const path of [
      "nope",
      "n::x",
      "extensions::rust_sample/one::list::0",
      ["extensions", "rust_sample/one", "list", 2],
      ["extensions", "rust_sample/one", "list", "b"],
    ]) {
      expect([path, conf.get(path), conf.isSet(path)]).toEqual([path, undefined, false]);
    }
    expect([conf.get("extensions::empty"), conf.isSet("extensions::empty")]).toEqual([null, true]);
    expect(conf.sub("extensions::rust_sample/one").toStringMap()).toEqual({ timeout_ms: 5, list: ["a", { b: 1 }] });
    for (const path of ["extensions::empty", "nope"]) expect(conf.sub(path).toStringMap()).toEqual({});
    const message = "unexpected sub-config value kind for key:n value:1 kind:int";
    expect(() => conf.sub("n")).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", message }));
  });

  test("every key and every value has its place", () => {
    const path = "extensions::rust_sample/one::timeout_ms";
    expect(conf.locate(path)).toEqual({ file: "a.yaml", line: 3, column: 5 });
    expect(conf.locateValue(path)).toEqual({ file: "a.yaml", line: 3, column: 17 });
    expect(conf.locate(["extensions", "rust_sample/one", "list", 1])).toEqual({ file: "a.yaml", line: 4, column: 15 });
    expect(conf.locate(["extensions", "rust_sample/one", "list", 1, "b"])).toMatchObject({ line: 4, column: 16 });
    expect(conf.sub("extensions").locate("empty")).toMatchObject({ line: 5, column: 3 });
    expect([conf.locate("nope"), Conf.fromMap({ a: 1 }).locate("a")]).toEqual([undefined, undefined]);
  });

  test.each([
    ["maps deep", "a: {x: 1, y: 2}\nb: 1", "a: {y: 3, z: 4}", { a: { x: 1, y: 3, z: 4 }, b: 1 }],
    ["lists replaced", "l: [1, 2, 3]", "l: [4]", { l: [4] }],
    ["null erases", "a: {x: 1}", "a:", { a: null }],
    ["an empty map keeps", "a: {x: 1}", "a: {}", { a: { x: 1 } }],
    ["a value over a map", "a: {x: 1}", "a: 5", { a: 5 }],
    ["a map over a value", "a: 5", "a: {x: 1}", { a: { x: 1 } }],
    ["an empty file", "a: 1", "", { a: 1 }],
  ])("merging: %s", (_, under, over, expected) => {
    const merged = read(under);
    merged.merge(read(over, "b.yaml"));
    expect(merged.toStringMap()).toEqual(expected);
  });

  test("what was merged keeps the place of the file that it came from", () => {
    const merged = read("a:\n  x: 1\n  y: 2\n");
    merged.merge(read("a: {y: 3}\n", "b.yaml"));
    expect([merged.locate("a::x"), merged.locate("a::y")]).toEqual([
      { file: "a.yaml", line: 2, column: 3 },
      { file: "b.yaml", line: 1, column: 5 },
    ]);
    merged.merge({ a: { y: undefined, z: [1] } });
    expect(merged.get("a")).toEqual({ x: 1, y: 3, z: [1] });
  });

  test("a key called __proto__ is a key like any other", () => {
    const hostile = read(
      '__proto__: {polluted: 1}\na: {"__proto__": {polluted: 2}, constructor: {prototype: {polluted: 3}}}',
    );
    hostile.merge(read("__proto__: {more: 1}"));
    const map = hostile.toStringMap();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
    expect(Object.keys(map)).toEqual(["__proto__", "a"]);
    expect(JSON.stringify(map)).toBe(
      '{"__proto__":{"polluted":1,"more":1},"a":{"__proto__":{"polluted":2},"constructor":{"prototype":{"polluted":3}}}}',
    );
    expect(hostile.get("toString")).toBeUndefined();
  });

  test("kinds have the Collector's names", () => {
    const values = [null, undefined, [], {}, new Date(0), true, 1, 2n, 1.5, "x"];
    const kinds = ["nil", "nil", "slice", "map", "struct", "bool", "int", "int", "float64", "string"];
    expect(values.map(kindOf)).toEqual(kinds);
  });
});
