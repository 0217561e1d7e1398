/** What the compiler says of users of a generated client: nothing when they are right, else the mistake. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ComponentInfo } from "../../dist/index.js";
import { generateClient } from "../../dist/typegen/index.js";
import { Project, typedFile } from "../support/typed.ts";

const project = new Project();
let client: { readonly path: string; readonly text: string };

beforeAll(async () => {
  client = await typedFile();
});

afterAll(() => project.remove());

const HEAD = `import { open } from "ferrule";
import { Typed, TypedError, TypedFullError, type Everything, type EverythingInput } from "./typed.js";
export { TypedError, TypedFullError, type Everything, type EverythingInput };
const runtime = await open();
const typed = await runtime.start(Typed, { capacity: 1 });
`;

const RIGHT = `
    const config: Parameters<typeof Typed.start>[0] = { limits: { words: ["a"] }, since: new Date() };
    await using other = await Typed.start(config, { id: "typed/two" });
    const value: Uint8Array | null = await other.get("key", { signal: AbortSignal.timeout(5) });
    const pair: readonly [number, number] = await typed.integers(1, 2);
    const wide: readonly [number | bigint, number | bigint] = await typed.wide(1n, 2);
    const nothing: void = await typed.put("key", new Uint8Array(1));
    for await (const number of typed.count(5)) number.toFixed();
    for await (const change of typed.silence()) change.key.length + change.bytes;
    const sum: number = await typed.sum([1, 2]);
    const at: Date = await typed.date(new Date());
    await typed.greet("a"); await typed.greet("a", "b"); await typed.greet("a", null, { deadline: 5 });
    await typed.shapes(["Point", { Circle: 1 }, { Line: [1, 2] }, { Rect: { width: 1 } }]);
    const input: EverythingInput = {} as Everything;
    try { await typed.len(); } catch (error) {
      if (error instanceof TypedFullError) { const code: "FULL" = error.code; const method: string = error.method; code + method; }
    }
    value; pair; wide; nothing; sum; at; input;
`;

/** What is wrong, and what the compiler says of it. */
const WRONG = [
  [
    "a wrong argument",
    "typed.get(5);",
    "TS2345 Argument of type 'number' is not assignable to parameter of type 'string'.",
  ],
  ["a missing argument", "typed.put('a');", "TS2554 Expected 2-3 arguments, but got 1."],
  [
    "a wrong result",
    "const text: string = await typed.len(); text;",
    "TS2322 Type 'number' is not assignable to type 'string'.",
  ],
  ["a method that is not there", "typed.nope();", "TS2339 Property 'nope' does not exist on type 'Typed'."],
  ["a field that is not there", "Typed.start({ sise: 1 });", "TS2353"],
  [
    "a field of another type",
    "Typed.start({ capacity: 'x' });",
    "TS2322 Type 'string' is not assignable to type 'number'.",
  ],
  [
    "text for bytes",
    "typed.echo('x');",
    "TS2345 Argument of type 'string' is not assignable to parameter of type 'Uint8Array<ArrayBufferLike>'.",
  ],
  [
    "a bigint where a number is",
    "typed.integers(1n, 2);",
    "TS2345 Argument of type 'bigint' is not assignable to parameter of type 'number'.",
  ],
  ["a variant that is not there", "typed.shapes(['Dot']);", "TS2322"],
  ["a stream as a promise", "(await typed.count(1)).toFixed();", "TS2339"],
  [
    "an item of another type",
    "typed.sum(['x']);",
    "TS2345 Argument of type 'string[]' is not assignable to parameter of type 'AsyncIterable<number> | Iterable<number>'.",
  ],
  ["another configuration in a runtime", "runtime.start(Typed, { sise: 1 });", "TS2769"],
  ["a wrong option", "typed.len({ timeout: 5 });", "TS2353"],
] as const;

const fileOf = (index: number): string => `wrong-${index}.ts`;
let said: string[];

beforeAll(() => {
  const wrong = WRONG.map(([, line], index) => [fileOf(index), `${HEAD}${line}\nvoid typed;\n`]);
  const lines = project.compile({
    [client.path]: client.text,
    "right.ts": `${HEAD}${RIGHT}`,
    ...Object.fromEntries(wrong),
  });
  said = lines.map((line) => line.replace(/^([\w.-]+)\(\d+,\d+\): error (TS\d+): (.*)$/, "$1 $2 $3"));
}, 60_000);

test("right use compiles, with the types that Rust has", () => {
  expect(said.filter((line) => !line.startsWith("wrong-"))).toEqual([]);
});

test.each(WRONG.map(([what, , text], index) => [what, text, index] as const))("%s is refused", (_, text, index) => {
  const found = said.filter((line) => line.startsWith(`${fileOf(index)} `));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`${fileOf(index)} ${text}`);
});

/** A component whose one method takes a value of this schema. */
function taking(schema: object, input: object = {}): ComponentInfo {
  const method = { name: "take", clientName: "take", docs: "", raw: false, errors: [], openErrors: false };
  const described = {
    fingerprint: "0",
    type: "a_b",
    config: {},
    methods: [{ ...method, parameters: [{ name: "new", kind: "value", schema }], result: { kind: "nothing" } }],
    errors: [],
    input,
    output: {},
  };
  const component = {
    type: "a_b",
    stability: "Beta",
    description: "",
    methods: [],
    configSchema: {},
    interface: described,
  };
  return component as unknown as ComponentInfo;
}

test("names and texts that TypeScript has for itself do not break a client", () => {
  const schema = {
    type: "object",
    properties: { "a-b": { type: "string", description: "Ends */ here." }, class: { $ref: "#/$defs/Date" } },
    required: ["a-b"],
  };
  const [file] = generateClient(
    taking(schema, { Date: { type: "array", items: { oneOf: [{ const: 1 }, { const: "|" }] } } }),
  );
  expect(file?.path).toBe("a-b.ts");
  expect(project.compile({ "a-b.ts": file?.text ?? "" })).toEqual([]);
  expect(file?.text).toContain('export type Date2 = readonly (1 | "|")[];');
  expect(file?.text).toContain("take(new_: {");
});

test("parameters whose names meet in TypeScript, or with the module, stay apart", () => {
  const long = { type: "integer", format: "int64" };
  const [method] = taking(long).interface?.methods ?? [];
  const parameters = ["ferrule", "a_b", "aB"].map((name) => ({ kind: "value", name, schema: long }));
  const component = { ...taking({}), interface: { ...taking({}).interface, methods: [{ ...method, parameters }] } };
  const [file] = generateClient(component as unknown as ComponentInfo);
  expect(file?.text).toContain("take(ferrule_: number, aB: number, aB_: number");
  expect(project.compile({ "a-b.ts": file?.text ?? "" })).toEqual([]);
});

test("a type without a word in TypeScript is refused by name, and untyped extensions have no client", () => {
  const wide = { type: "integer", format: "uint128" };
  expect(() => generateClient(taking(wide))).toThrow(
    'extension "a_b", method "take", parameter "new": there is no type in TypeScript for an integer of 128 bits: pass it as a String, or as ferrule::Wide of 64 bits',
  );
  const answering = (schema: object): ComponentInfo => {
    const [method] = taking(schema).interface?.methods ?? [];
    const own = { ...method, parameters: [], result: { kind: "value", schema } };
    return { ...taking({}), interface: { ...taking({}).interface, methods: [own] } } as ComponentInfo;
  };
  expect(() => generateClient(answering(wide))).toThrow('extension "a_b", method "take", its result: there is no type');
  const configured = { ...taking({}), interface: { ...taking({}).interface, config: wide } } as ComponentInfo;
  expect(() => generateClient(configured)).toThrow('extension "a_b", its configuration: there is no type');
  // A named type is found where it is used.
  const named = taking({ $ref: "#/$defs/Sum" }, { Sum: { type: "object", properties: { of: wide } } });
  expect(() => generateClient(named)).toThrow('extension "a_b", method "take", parameter "new": there is no type');
  const { interface: _, ...untyped } = taking(wide);
  expect(generateClient([untyped])).toEqual([]);
});
