/** Typed clients against the extension that the attributes made: values both ways, errors, lifecycle. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startClient, TypedError, widen } from "../../dist/client/index.js";
import { ExtensionError, FerruleError, open, PanicError, type Runtime } from "../../dist/index.js";
import { everything, plain } from "../support/everything.ts";
import { NEAR_WRAP, rejection, testLibrary } from "../support/runtime.ts";
import { loadTyped, Project } from "../support/typed.ts";

const project = new Project();
// biome-ignore lint/suspicious/noExplicitAny: generated
let client: any;
let runtime: Runtime;
// biome-ignore lint/suspicious/noExplicitAny: generated
let typed: any;

beforeAll(async () => {
  client = await loadTyped(project);
  runtime = await open(testLibrary, NEAR_WRAP);
  typed = await runtime.start(client.Typed, { capacity: 2, limits: { words: ["no"] } });
});

afterAll(async () => {
  await typed.shutdown();
  expect(runtime.stats()).toMatchObject({ handles: 0, inFlight: 0 });
  await runtime.close();
  project.remove();
});

// biome-ignore lint/suspicious/noExplicitAny: generated
const start = (config: unknown, options?: object): Promise<any> => runtime.start(client.Typed, config, options);

test("every value comes back as it went", async () => {
  const property = fc.asyncProperty(everything, async (value) => {
    expect(plain(await typed.everything(value))).toEqual(plain(value));
  });
  await fc.assert(property, { numRuns: 300 });
});

test("integers are numbers while they are safe, and bigints beyond where the type says so", async () => {
  const property = fc.asyncProperty(fc.maxSafeInteger(), fc.maxSafeNat(), async (signed, unsigned) => {
    expect(await typed.integers(signed, unsigned)).toEqual([signed + 0, unsigned]);
  });
  await fc.assert(property, {
    numRuns: 200,
    examples: [
      [-(2 ** 53) + 1, 2 ** 53 - 1],
      [2 ** 32, 2 ** 31],
      [-(2 ** 31) - 1, 0],
    ],
  });
  expect(await typed.wide(-(2n ** 63n), 2n ** 64n - 1n)).toEqual([-(2n ** 63n), 2n ** 64n - 1n]);
  expect(await typed.wide(5n, 2 ** 40)).toEqual([5, 2 ** 40]);
  const error = await rejection(typed.huge());
  expect(error.code).toBe("CODEC_ERROR");
  expect(error.message).toBe(
    "the result holds 18446744073709551615, beyond what a number holds exactly: declare it as ferrule::Wide in Rust",
  );
  const wide = "beyond what a number holds exactly: take a ferrule::Wide in Rust, and pass a bigint";
  expect((await rejection(typed.integers(1e17, 0))).message).toBe(
    `signed: invalid type: floating point \`1e+17\`, expected i64: ${wide}`,
  );
  expect((await rejection(typed.integers(0.5, 0))).message).toBe(
    "signed: invalid type: floating point `0.5`, expected i64",
  );
});

test("an argument that holds itself rejects, and one of a class is looked into", async () => {
  const around: unknown[] = [];
  around.push(around);
  const error = await rejection(typed.integers(around, 0));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
  class Amount {
    readonly cents = 5_000_000_000;
  }
  // Written as an integer: as a float, Rust would name that.
  expect((await rejection(typed.integers(new Amount(), 0))).message).toMatch(/^signed: invalid type: map/);
  expect(widen(new Amount())).toEqual({ cents: 5_000_000_000n });
});

test("where integers of both kinds meet, each is held to its own type", async () => {
  const beyond = 2n ** 60n;
  const fine = [
    { kind: "Large", value: beyond },
    { kind: "Plain", value: 2 ** 40 },
  ];
  expect(await typed.amounts(fine)).toEqual(fine);
  const error = await rejection(typed.amounts([...fine, { kind: "Plain", value: beyond }]));
  expect(error).toMatchObject({ code: "CODEC_ERROR", method: "amounts" });
});

test("floats keep what is no number, and f32 rounds once", async () => {
  const values = [0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1e300, 2 ** 40];
  for (const value of values) expect(await typed.floats(value, value)).toEqual([Math.fround(value), value]);
});

test("bytes, dates, maps with numbers for keys, and what may be left out", async () => {
  const bytes = new Uint8Array([0, 128, 255]);
  expect([...(await typed.echo(bytes))]).toEqual([0, 128, 255]);
  expect([...(await typed.reversed(bytes))]).toEqual([255, 128, 0]);
  expect(await typed.swallow(bytes)).toBeUndefined();
  for (const at of [new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15), new Date(1_700_000_000_123)]) {
    expect((await typed.date(at)).getTime()).toBe(at.getTime());
  }
  expect((await rejection(typed.date(new Date(Number.NaN)))).message).toContain("at: ");
  expect(await typed.counts(new Map([[7, "seven"]]))).toEqual({ 7: "seven" });
  expect(await typed.greet("Ada")).toBe("Ada");
  expect(await typed.greet("Ada", null)).toBe("Ada");
  expect(await typed.greet("Ada", "Countess")).toBe("Countess Ada");
});

test("a refusal is of its code's class, and says who, where and why", async () => {
  await typed.put("a", new Uint8Array([1]));
  await typed.put("b", new Uint8Array([2]));
  expect([...(await typed.get("a"))]).toEqual([1]);
  expect(await typed.get("c")).toBeNull();
  expect(await typed.len()).toBe(2);
  const full = await rejection(typed.put("c", new Uint8Array(0)));
  expect(full).toBeInstanceOf(client.TypedFullError);
  expect(full).toBeInstanceOf(client.TypedError);
  expect(full).toBeInstanceOf(ExtensionError);
  expect(full).toMatchObject({
    name: "TypedFullError",
    code: "FULL",
    message: "the store holds 2 entries, its limit",
    retryable: true,
    permanent: false,
    componentId: "typed",
    method: "put",
  });
  const reserved = await rejection(typed.put("no", new Uint8Array(0), { deadline: 5_000 }));
  expect(reserved).toBeInstanceOf(client.TypedReservedError);
  expect(reserved).toMatchObject({ code: "RESERVED_KEY", permanent: true, method: "put" });
  const broken = await rejection(typed.fails("broken"));
  expect(broken).toMatchObject({ code: "BROKEN", cause: { message: "invalid digit found in string" } });
});

test("a bad argument names its parameter and the place in it", async () => {
  const error = await rejection(typed.shapes([{ Circle: 1 }, { Line: [1, "x"] }]));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toMatch(/^shapes\[1\].*: invalid type: string "x", expected i32/);
  expect(error).not.toBeInstanceOf(client.TypedError);
  expect((await rejection(typed.handle.call("put", ["k"]))).message).toBe("value: it is missing");
});

test("a configuration is checked by its owner; a start that is refused has the author's class", async () => {
  const invalid = await rejection(runtime.start(client.Typed, { capacity: 0 }));
  expect(invalid).toMatchObject({ code: "CONFIG_INVALID" });
  expect(invalid.message).toContain("capacity must be greater than 0");
  expect(invalid).not.toBeInstanceOf(client.TypedError);
  expect(invalid).toBeInstanceOf(TypedError);
  expect((await rejection(runtime.start(client.Typed, { sise: 1 }))).message).toContain("unknown field `sise`");
  const refused = await rejection(runtime.start(client.Typed, { limits: { words: ["refuse"] } }));
  expect(refused).toBeInstanceOf(client.TypedReservedError);
  expect(JSON.parse(runtime.defaultConfig("typed"))).toEqual({
    capacity: 3,
    limits: { words_max: 16, name: "words", words: [] },
    since: null,
  });
  const since = await start({ since: new Date(5) });
  await since.shutdown();
});

test.each([true, false])(
  "a code that no class has is of the base where the author's errors are open: %s",
  async (isOpen) => {
    class Other extends client.Typed {
      static readonly definition = {
        ...client.Typed.definition,
        errors: { ...client.Typed.definition.errors, codes: {}, isOpen },
      };
    }
    const other = (await startClient(Other, {}, { runtime, id: "typed/other" })) as typeof typed;
    const error = await rejection(other.fails("full"));
    expect(error).toBeInstanceOf(TypedError);
    expect(error instanceof client.TypedError).toBe(isOpen);
    await other.shutdown();
  },
);

test("cancellation and deadlines reach typed methods, and blocking ones run elsewhere", async () => {
  const controller = new AbortController();
  const later = rejection(typed.later(60_000, { signal: controller.signal }));
  controller.abort();
  expect((await later).code).toBe("ABORTED");
  expect(await typed.later(0)).toBe("typed");
  expect(await typed.block(1)).toBe(true);
  expect(
    runtime
      .components()
      .find(({ type }) => type === "typed")
      ?.methods.find(({ name }) => name === "block"),
  ).toMatchObject({ blocking: true });
});

test("a panic is a class of its own, with its place in Rust", async () => {
  const panicking = await start({}, { id: "typed/panics" });
  const error = await rejection(panicking.fails("panic"));
  expect(error).toBeInstanceOf(PanicError);
  expect(error).toMatchObject({ code: "PANICKED", componentId: "typed/panics", method: "fails" });
  expect(error.location).toMatch(/typed\.rs:\d+:\d+$/);
  expect(error.message).toBe(`panicked at ${error.location}: told to panic`);
  await panicking.shutdown();
});

test("a client of another version is refused before anything starts", async () => {
  class Other extends client.Typed {
    static readonly definition = { ...client.Typed.definition, fingerprint: "0" };
  }
  const error = await rejection(startClient(Other, {}, { runtime }));
  expect(error).toBeInstanceOf(FerruleError);
  expect(error.code).toBe("CLIENT_MISMATCH");
  expect(error.message).toBe(
    'the client of "typed" was written for another version of its library: run `ferrule build`',
  );
});

test("without a runtime the client opens its library, and closes it after its last instance", async () => {
  const one = await client.Typed.start({}, { library: testLibrary });
  const two = await client.Typed.start(undefined, { library: testLibrary, id: "typed/two" });
  expect([one.id, two.id]).toEqual(["typed", "typed/two"]);
  await one.shutdown();
  expect(await two.len()).toBe(0);
  await two[Symbol.asyncDispose]();
  expect((await rejection(two.len())).code).toBe("SHUT_DOWN");
  const wrong = await rejection(client.Typed.start({}, { library: testLibrary, id: "cache" }));
  expect(wrong.message).toBe("the id of this client is typed or typed/name, got cache");
});
