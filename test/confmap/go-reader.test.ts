/** Where Go's reader of YAML, and its joining of paths, differ from what one would expect. */
import { describe, expect, test } from "vitest";
import { decodeFields } from "../../dist/index.js";
import { resolved, resolverOf, valuesOf } from "../support/resolver.js";

describe("text", () => {
  test.each<[string, unknown]>([
    ["k: |\n  a\n  b", { k: "a\nb" }],
    ["k: |\n  a\n  b\n", { k: "a\nb\n" }],
    ["k: |+\n  a", { k: "a" }],
    ["k: >\n  a\n  b", { k: "a b" }],
    ["k: |\n  a\nj: 1", { k: "a\n", j: 1 }],
    ["a: 1\rb: 2", { a: 1, b: 2 }],
    ["a: 1\r\nb: 2", { a: 1, b: 2 }],
    ["a: 1\u0085b: 2", { a: 1, b: 2 }],
    ["a: '${V}'", { a: "}" }],
  ])("%j", async (text, values) => {
    expect(await valuesOf(text, { V: "}" })).toEqual(values);
  });

  test("half of a pair is no character, and a key with a tag is no text", async () => {
    await expect(valuesOf('k: "\\ud800"')).rejects.toThrow("found invalid Unicode character escape code");
    await expect(valuesOf("!foo k: 1")).rejects.toThrow("unsupported type=map[interface {}]interface {}");
    expect(await valuesOf("!!str k: 1")).toEqual({ k: 1 });
  });
});

test.each<[string, unknown]>([
  ["{a: 5, 'a::b': 1}", { a: { b: 1 } }],
  ["{'a::b': 1, a: 5}", { a: { b: 1 } }],
  ["{'a::b::c': 1, 'a::b': 5}", { a: { b: { c: 1 } } }],
  ["{a: {b: 5}, 'a::b::c': 1}", { a: { b: { c: 1 } } }],
  ["{x: {a: [1], 'a::b': 1}}", { x: { a: { b: 1 } } }],
])("what leads further down takes the place of what does not: %s", async (text, values) => {
  expect(await valuesOf(text)).toEqual(values);
});

test("lists of receivers right under service are added to as well", async () => {
  const uris = ["yaml:service::receivers: [a]", "yaml:service::receivers: [b, a]"];
  const resolver = resolverOf({ uris, appendLists: true });
  expect((await resolver.resolve()).toStringMap()).toEqual({ service: { receivers: ["a", "b"] } });
  await resolver.shutdown();
});

test("a number that does not fit is told, but not when a reference stood for it", async () => {
  const message = async (text: string): Promise<string> => {
    const conf = await resolved(text, { PIN: "4711" });
    try {
      decodeFields(conf, { k: "uint8" });
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  expect(await message("k: 4711")).toContain("'k' cannot hold 4711 as type 'uint8'");
  expect(await message("k: ${PIN}")).toContain("'k' cannot hold the value of a reference as type 'uint8'");
});
