/** Functions and extensions in TypeScript that Rust asks with values. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HandlerContext, type Handlers, type Runtime, valuesHandler } from "../../dist/index.js";
import { everything, plain } from "../support/everything.ts";
import { openForTest, rejection } from "../support/runtime.ts";
import { loadTyped, Project } from "../support/typed.ts";

const project = new Project();
// biome-ignore lint/suspicious/noExplicitAny: generated
let client: any;
beforeAll(async () => {
  client = await loadTyped(project, "asker.ts");
});
afterAll(() => project.remove());

// biome-ignore lint/suspicious/noExplicitAny: generated
async function asker(options?: object): Promise<[Runtime, any]> {
  const runtime = await openForTest();
  return [runtime, await runtime.start(client.Asker, undefined, options)];
}

test("every value comes back from a function as it went", async () => {
  const [runtime, rust] = await asker();
  runtime.provide(
    "same",
    valuesHandler((value) => value),
  );
  const property = fc.asyncProperty(everything, async (value) => {
    expect(plain(await rust.everything("same", value))).toEqual(plain(value));
  });
  await fc.assert(property, { numRuns: 200 });
});

test("integers are numbers while they are safe, and bigints beyond", async () => {
  const [runtime, rust] = await asker();
  const heard: unknown[] = [];
  const keep = (value: unknown) => {
    heard.push(value);
    return value;
  };
  runtime.provide("keep", valuesHandler(keep));
  const signed = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
  const unsigned = fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
  const property = fc.asyncProperty(signed, unsigned, async (...both) => {
    const narrow = both.map((each) => (Number.isSafeInteger(Number(each)) ? Number(each) + 0 : each));
    expect(await rust.integers("keep", ...both)).toEqual(narrow);
    expect(heard.pop()).toEqual(narrow);
  });
  const examples: [number | bigint, number | bigint][] = [
    [2 ** 53 - 1, 2 ** 32],
    [-(2 ** 31) - 1, 2n ** 64n - 1n],
    [-(2n ** 63n), 0],
  ];
  await fc.assert(property, { numRuns: 200, examples });
});

test("what is awaited, what is nothing, and what the context says", async () => {
  const [runtime, rust] = await asker();
  let heard: HandlerContext | undefined;
  const count = async (text: string, context: HandlerContext) => {
    heard = context;
    return text === "" ? null : text.length;
  };
  const said: unknown[] = [];
  runtime.provide("count", valuesHandler(count));
  runtime.provide(
    "told",
    valuesHandler((value) => {
      said.push(value);
    }),
  );
  expect(await rust.number("count", "äöü", null, { traceId: "0af7651916cd43dd8448eb211c80319c" })).toBe(3);
  expect(heard).toMatchObject({ traceId: "0af7651916cd43dd8448eb211c80319c" });
  expect(heard?.signal.aborted).toBe(false);
  expect(await rust.number("count", "")).toBeNull();
  expect(await rust.number("told", "x")).toBeNull();
  expect(await rust.tell("told")).toBeUndefined();
  expect(said).toEqual(["x", null]);
});

test("an extension of the host is asked in the same way", async () => {
  const host = { buildVersion: "1", buildCommand: "test", buildTimestamp: "", extensions: ["store", "typed"] };
  const handlers: Handlers = {
    length: valuesHandler((text: string) => text.length),
    swapped: valuesHandler(([one, other]: [number, number]) => [other, one]),
    broken: valuesHandler(() => "x"),
  };
  const [runtime, rust] = await asker({ host, callees: (id: string) => (id === "store" ? handlers : undefined) });
  expect(await rust.number("length", "four", "store")).toBe(4);
  expect(await rust.integers("swapped", 1, 2, "store")).toEqual([2, 1]);
  const broken = await rejection(rust.number("broken", "x", "store"));
  const whole = 'the answer of method "broken" of extension store: invalid type: string "x", expected u32';
  expect(broken).toMatchObject({ code: "CODEC_ERROR", permanent: true, message: whole });
  // A typed extension of Rust takes a tuple of its arguments.
  await runtime.start("typed", { capacity: 1 }, { host });
  expect(await rust.integers("integers", -7, 2 ** 40, "typed")).toEqual([-7, 2 ** 40]);
});

test.each<[unknown, RegExp]>([
  ["ten", /^the answer of function "odd": invalid type: string "ten", expected u32$/],
  [2 ** 32, /^the answer of function "odd": invalid value: integer `4294967296`, expected u32$/],
  [[], /^the answer of function "odd": .*expected u32/],
  [() => 1, /^function "odd" answered a function, which is no value that Rust can read$/],
  [2n ** 64n, /^function "odd" answered what cannot be written: /],
])("a function that answers %s is told what was expected", async (answer, text) => {
  const [runtime, rust] = await asker();
  runtime.provide(
    "odd",
    valuesHandler(() => answer),
  );
  const error = await rejection(rust.number("odd", "x"));
  expect(error).toMatchObject({ code: "CODEC_ERROR", permanent: true });
  expect(error.message).toMatch(text);
});

test("bytes where a value is expected, and the other way round", async () => {
  const [runtime, rust] = await asker();
  let isCalled = false;
  const handler = valuesHandler(() => {
    isCalled = true;
  });
  runtime.provide("values", handler);
  runtime.provide("bytes", () => Buffer.from("ten"));
  const sent = await rejection(rust.raw("values", Buffer.from("ten")));
  expect(sent).toMatchObject({ code: "CODEC_ERROR", permanent: true });
  expect(sent.message).toMatch(
    /^function "values" takes a value, as host.ask\(\) sends it, got 3 bytes that are none: /,
  );
  expect(isCalled).toBe(false);
  const answered = await rejection(rust.number("bytes", "x"));
  const text = 'the answer of function "bytes" is 3 bytes, and no value of MessagePack';
  expect(answered).toMatchObject({ code: "CODEC_ERROR", message: text });
  expect(() => valuesHandler(7 as never)).toThrow("valuesHandler takes a function, got 7");
});

test("an error of any class arrives with its code and kind", async () => {
  const [runtime, rust] = await asker();
  const busy = Object.assign(new Error("all are busy"), { code: "BUSY", retryable: true });
  const gone = Object.assign(new TypeError("it is gone"), { code: "GONE", permanent: true });
  runtime.provide(
    "busy",
    valuesHandler(() => Promise.reject(busy)),
  );
  runtime.provide(
    "gone",
    valuesHandler(() => {
      throw gone;
    }),
  );
  const [first, second] = [await rejection(rust.number("busy", "x")), await rejection(rust.number("gone", "x"))];
  expect(first).toMatchObject({ code: "BUSY", message: "all are busy", retryable: true, permanent: false });
  expect(second).toMatchObject({ code: "GONE", message: "it is gone", retryable: false, permanent: true });
});
