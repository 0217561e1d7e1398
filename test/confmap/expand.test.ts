import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { InvalidConfigError } from "../../dist/confmap/problem.js";
import { type Provider, Resolver, Retrieved, YamlProvider } from "../../dist/index.js";
import { filesOfTest } from "../support/files.js";
import { resolved, resolverOf, valuesOf } from "../support/resolver.js";

/** The refusal, without the words of the command before it. */
async function refusal(promise: Promise<unknown>): Promise<{ text: string; notes: readonly string[] }> {
  const error = await promise.then(
    () => undefined,
    (thrown: InvalidConfigError) => thrown,
  );
  return { text: error?.problems.map(({ text }) => text).join("\n") ?? "nothing", notes: error?.notes ?? [] };
}

describe("a reference", () => {
  test.each<[string, Record<string, string>, unknown]>([
    ["k: ${env:V}", { V: "{x: [1, {y: z}]}" }, { k: { x: [1, { y: "z" }] } }],
    ["k: ${V}", { V: "017" }, { k: 15 }],
    ["k: a${V}b${V}c", { V: "017" }, { k: "a017b017c" }],
    ["k: ${env:${env:W}}", { W: "V", V: "deep" }, { k: "deep" }],
    ["k: ${V}", { V: "${W}", W: "${X}", X: "5" }, { k: 5 }],
    ["k: ${V}${W}", { V: "$", W: "{X}", X: "built" }, { k: "${W}" }],
    ["k: [x, '${V}', {m: 'n${V}'}]", { V: "1" }, { k: ["x", 1, { m: "n1" }] }],
    ["${V}: 1", { V: "x" }, { "${V}": 1 }],
    ["k: ${V:-x}", { V: "x" }, undefined],
    ["k: ${env:V:-a:-b}", {}, { k: "a:-b" }],
    ["k: ${env:V:-}", {}, { k: "" }],
    ["k: ${env:V:-x}", { V: "" }, { k: null }],
    ["k: $${V} $$$${V} $$ $", { V: "x" }, { k: "${V} $${V} $ $" }],
    ["k: $${V} ${V}", { V: "x" }, { k: "$x x" }],
    ["k: '}${V'", { V: "x" }, { k: "}${V" }],
    ["k: '}}${V}${V'", { V: "x" }, { k: "}}x${V" }],
    ["k: ${V}", { V: "a$$b" }, { k: "a$b" }],
    ["k: $V ${", { V: "x" }, { k: "$V ${" }],
    ["k: ${constructor}", {}, { k: null }],
    ["k: ${__proto__}", {}, { k: null }],
    ["k: 'a${V}'", { V: "$&$1" }, { k: "a$&$1" }],
  ])("%j with %j", async (text, env, expected) => {
    if (expected === undefined) await expect(valuesOf(text, env)).rejects.toThrow();
    else expect(await valuesOf(text, env)).toEqual(expected);
  });

  test("keeps the text that it stood for, through further references and escapes", async () => {
    const conf = await resolved("{a: '${V}', b: '${W}', c: 'x${V}', d: [ '${V}' ]}", { V: "0123", W: "['${V}', $$]" });
    expect(["a", "b", "c"].map((path) => conf.original(path))).toEqual(["0123", "['0123', $]", undefined]);
    expect(conf.original(["d", 0])).toBe("0123");
    expect(conf.toStringMap()).toEqual({ a: 83, b: [83, "$"], c: "x0123", d: [83] });
  });

  test("without a default scheme needs one of its own", async () => {
    const resolver = resolverOf({ uris: ["yaml:{a: '${V}', b: '${env:V} ${V}'}"], defaultScheme: "" }, { V: "x" });
    expect((await resolver.resolve()).toStringMap()).toEqual({ a: "${V}", b: "x ${V}" });
    await resolver.shutdown();
  });

  test("to another file has the places of that file, others that of the reference", async () => {
    const directory = filesOfTest({
      "main.yaml": "a: 1\nk: ${file:part.yaml}\n  \ne: ${env:V}\n",
      "part.yaml": "\nx: {y: 1}",
    });
    const main = `${directory}/main.yaml`;
    writeFileSync(main, readFileSync(main, "utf8").replace("part.yaml", `${directory}/part.yaml`));
    const resolver = resolverOf({ uris: [main] }, { V: "{z: 1}" });
    const conf = await resolver.resolve();
    await resolver.shutdown();
    expect(conf.locate(["k", "x", "y"])).toEqual({ file: `${directory}/part.yaml`, line: 2, column: 5 });
    expect(conf.locate(["k"])).toEqual({ file: main, line: 2, column: 1 });
    expect(conf.locate(["e", "z"])).toEqual({ file: main, line: 4, column: 4 });
  });

  test.each([
    ["k: ${env:1BAD}", 'environment variable "1BAD" has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$'],
    ["k: ${nosuch:x}", 'scheme "nosuch" is not supported for uri "nosuch:x"'],
    ["k: ${env:A$B}", "the uri \"env:A$B\" contains unsupported characters ('$')"],
    ["k: ${x:y}", 'invalid uri: "x:y"'],
    ["k: ${:}", 'invalid uri: ":"'],
    ["k: ${}", 'environment variable "" has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$'],
    ["k: ${BIG}", "unsupported type=uint64 for retrieved config, ensure that values are wrapped in quotes"],
    [
      "k: ${KEYS}",
      "unsupported type=map[interface {}]interface {} for retrieved config, ensure that values are wrapped in quotes",
    ],
    ["k: ${SELF}", "too many recursive expansions"],
    ["k: ${A}", "too many recursive expansions"],
    ["k: ${LONGER}", "too many recursive expansions"],
    ["k: ${NEST}", "too many recursive expansions"],
    ["a: {k: '${DOUBLE}'}", "a::k: too many recursive expansions: the text would have more than 33554432 characters"],
    ["a: {k: '${WIDER}'}", "a::k: too many recursive expansions: one value has more than 10000 references"],
  ])("%j: %s", async (yaml, text) => {
    const directory = filesOfTest({ "a.yaml": `# first\n${yaml}` });
    const env = {
      ...{ SELF: "${SELF}", A: "${B}", B: "${A}", LONGER: "x${LONGER}", NEST: "['${NEST}']" },
      ...{
        DOUBLE: "y${DOUBLE}${DOUBLE}",
        WIDER: "['${WIDER}', '${WIDER}']",
        BIG: "9223372036854775808",
        KEYS: "{1: a}",
      },
    };
    const found = await refusal(resolverOf({ uris: [`${directory}/a.yaml`] }, env).resolve());
    expect(found.text).toBe(text);
    expect(found.notes[0]).toMatch(new RegExp(`^${directory}/a\\.yaml:2:\\d+: (k|a::k)$`));
  });
});

test("what is wrong in a file that is referred to is shown in that file", async () => {
  const directory = filesOfTest({ "part.yaml": "a: 1\n\n2: b" });
  writeFileSync(`${directory}/main.yaml`, `k: \${file:${directory}/part.yaml}`);
  expect((await refusal(resolverOf({ uris: [`${directory}/main.yaml`] }).resolve())).notes[0]).toBe(
    `${directory}/part.yaml:3:1: k`,
  );
});

describe("a value without text", () => {
  class Values implements Provider {
    readonly scheme = "value";
    retrieve = (uri: string): Retrieved => Retrieved.fromValue(uri === "value:text" ? "t" : { n: [1] });
  }
  const resolve = (text: string) =>
    new Resolver({
      uris: [`yaml:${text}`],
      providers: [new Values(), new YamlProvider()],
      defaultScheme: "",
    }).resolve();

  test("stands alone, or is text", async () => {
    const conf = await resolve("{k: '${value:map}', t: 'a${value:text}'}");
    expect(conf.toStringMap()).toEqual({ k: { n: [1] }, t: "at" });
    expect(conf.get("k::n")).toEqual([1]);
  });

  test("cannot stand in the middle of text", async () => {
    const text = "expanding ${value:map}: retrieved value does not have unambiguous string representation: map[n:[1]]";
    expect(await refusal(resolve("k: a${value:map}"))).toEqual({ text, notes: ["k"] });
  });
});
