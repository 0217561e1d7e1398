/** Many calls in one: `callMany`, the writer, and the synchronous call. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchError, FerruleError } from "../../dist/index.js";
import { openForTest, pattern, rejection } from "../support/runtime.ts";

test("any batch answers each of its items, in order", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const lengths = fc.array(fc.oneof(fc.constant(0), fc.nat(100), fc.nat(3_000)), { maxLength: 700 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.constantFrom("echo", "now", "blocking"), async (plan, method) => {
      const items = plan.map((length, index) => pattern(length, index));
      expect(await extension.callMany(method, items)).toEqual(items);
    }),
    { numRuns: 60 },
  );
  expect(runtime.stats()).toMatchObject({ inFlight: 0, bytesInFlight: 0 });
});

test("a batch with an item over half a megabyte, and one that is longer than a payload may be as a whole", async () => {
  const runtime = await openForTest({ payloadMax: 2 ** 20 });
  const extension = await runtime.start("echo");
  const items = [pattern(3), pattern(900_000, 1), ...Array.from({ length: 40 }, (_, index) => pattern(90_000, index))];
  const answers = (await extension.callMany("echo", items)) as Uint8Array[];
  expect(answers.map((answer, index) => Buffer.compare(answer, items[index] ?? answer))).toEqual(items.map(() => 0));
});

test("results that are too long together fail alone, and the others are there", async () => {
  const runtime = await openForTest({ payloadMax: 2 ** 20 });
  const extension = await runtime.start("sized");
  const of = (length: number): Uint8Array => new Uint8Array(Uint32Array.of(length).buffer);
  const error = (await rejection(
    extension.callMany("make", [of(5), of(800_000), of(800_000), of(7)]),
  )) as unknown as BatchError;
  expect(error.code).toBe("BATCH_FAILED");
  expect(error.failures.map(({ index }) => index)).toEqual([2]);
  expect(error.failures[0]?.error).toMatchObject({ code: "RESULT_TOO_LARGE" });
  expect(error.results.map((result) => (result as Uint8Array | undefined)?.length)).toEqual([5, 800_000, undefined, 7]);
});

test("a result that is too long by a little fails without a text, and the one that fitted is there", async () => {
  const runtime = await openForTest({ payloadMax: 2 ** 20 });
  const extension = await runtime.start("sized");
  const of = (length: number): Uint8Array => new Uint8Array(Uint32Array.of(length).buffer);
  const error = (await rejection(extension.callMany("make", [of(1_048_546), of(100)]))) as unknown as BatchError;
  expect(error.failures.map(({ index, error }) => [index, (error as FerruleError).message])).toEqual([
    [1, "the result is too long"],
  ]);
  expect((error.results[0] as Uint8Array).length).toBe(1_048_546);
});

test("options of single calls do not reach a batch: its frames share memory, and its results no buffer", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const blocker = Array.from({ length: 40 }, () => extension.call("wait", pattern(100_000)));
  const batches = [1, 2, 3].map((seed) =>
    Array.from({ length: 300 }, (_, index) => pattern(500, seed * 1_000 + index)),
  );
  const options = { lend: true, into: new Uint8Array(100_000) };
  const answers = await Promise.all(batches.map((items) => extension.callMany("echo", items, options as object)));
  expect(answers).toEqual(batches);
  await Promise.all(blocker);
});

test("an item's own code that aborts ends what is not sent yet, too", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/abort");
  const controller = new AbortController();
  const aborting = {
    toJSON: () => {
      controller.abort();
      return "succeed";
    },
  };
  const acts = Array.from({ length: 600 }, (_, index) => (index === 300 ? aborting : "hang"));
  const error = (await rejection(
    extension.callMany("act", acts, { signal: controller.signal }),
  )) as unknown as BatchError;
  expect(new Set(error.failures.map(({ error }) => (error as FerruleError).code))).toEqual(new Set(["ABORTED"]));
  expect(error.failures).toHaveLength(600);
});

test("an empty result cannot be transferred: it is the same one for everybody", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const empty = (await extension.call("echo")) as Uint8Array;
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(empty, [empty.buffer as ArrayBuffer]);
  } catch {
    // Node.js 20 leaves it out of the transfer, newer ones refuse it.
  }
  port1.close();
  port2.close();
  expect((await extension.call("echo")) as Uint8Array).toEqual(new Uint8Array(0));
  expect(new Uint8Array(empty).length).toBe(0);
});

test("items that fail are named, and the others are answered", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/b");
  const acts = ["succeed", { fail: "no" }, "succeed", { fail: "again" }];
  const error = (await rejection(extension.callMany("act", acts))) as unknown as BatchError;
  expect(error.message).toBe("2 of 4 calls failed; the first, number 1: no");
  expect(error.failures.map(({ index }) => index)).toEqual([1, 3]);
  expect(error.failures[1]?.error).toMatchObject({
    name: "ExtensionError",
    message: "again",
    componentId: "misbehaving/b",
  });
  expect(error.cause).toBe(error.failures[0]?.error);
});

test("a panic in a batch fails its item, and those that had not begun", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/p");
  const error = (await rejection(
    extension.callMany("act", ["succeed", { panic: "boom" }, "succeed"]),
  )) as unknown as BatchError;
  expect(error.failures.map(({ error }) => (error as FerruleError).code)).toEqual(["PANICKED", "POISONED"]);
  await extension.shutdown();
});

test("slow and quick items of a batch mix, and an abort ends all of it", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const items = Array.from({ length: 300 }, (_, index) => pattern(5, index));
  expect(await extension.callMany("wait", items)).toEqual(items);
  const hanging = await runtime.start("misbehaving");
  const controller = new AbortController();
  const batch = rejection(hanging.callMany("act", ["hang", "succeed", "hang"], { signal: controller.signal }));
  controller.abort(new Error("enough"));
  const error = (await batch) as unknown as BatchError;
  expect(error.failures).toHaveLength(3);
  expect(error.failures[0]?.error).toMatchObject({ code: "ABORTED" });
});

test("misuse of callMany", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo/m");
  expect(await extension.callMany("echo", [])).toEqual([]);
  const mixed = [pattern(1), "text", pattern(2), null, ...Array.from({ length: 300 }, () => pattern(3))];
  const wrong = (await rejection(extension.callMany("echo", mixed))) as unknown as BatchError;
  expect(wrong.failures.map(({ index }) => index)).toEqual([1, 3]);
  expect(wrong.failures[0]?.error).toMatchObject({ code: "INVALID_ARGUMENT", componentId: "echo/m" });
  expect(wrong.message).toContain("number 1: method echo takes bytes (a Uint8Array), got string");
  const answered = wrong.results.filter((result) => result !== undefined);
  expect(answered).toEqual(mixed.filter((item) => item instanceof Uint8Array));
  expect(wrong.results[2]).toEqual(pattern(2));
  expect((await rejection(extension.callMany("echo", "text" as never))).message).toContain(
    "must be an array, got text",
  );
  expect((await rejection(extension.callMany("nope", []))).code).toBe("UNKNOWN_METHOD");
  expect(runtime.stats().rustItems).toBe(302);
});

test("a writer writes every item once, in order, and drains", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const writer = extension.writer("act", { highWaterMark: 4_096 });
  let held = 0;
  for (let index = 0; index < 5_000; index++) {
    if (writer.write("succeed")) continue;
    held++;
    await writer.drain();
  }
  expect(await writer.end()).toEqual({ written: 5_000 });
  expect(held).toBeGreaterThan(5);
  expect(runtime.stats().rustItems).toBe(5_000);
  expect(() => writer.write("succeed")).toThrow("the writer has ended");
});

test("a writer tells of what failed, once, and goes on", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/w");
  const writer = extension.writer("act");
  writer.write("succeed");
  writer.write({ fail: "first" });
  writer.write({ fail: "second" });
  const error = await rejection(writer.end().then(() => undefined));
  expect(error.message).toBe("2 of 3 written items failed; the first: first");
  expect(error).toMatchObject({ code: "WRITE_FAILED", componentId: "misbehaving/w" });
  expect(error.cause).toMatchObject({ name: "ExtensionError", message: "first" });
  const next = extension.writer("act");
  next.write("succeed");
  await next.drain();
  await extension.shutdown();
  expect(() => next.write("succeed")).toThrow("extension misbehaving/w was shut down");
});

test("a writer whose runtime closes under it tells of every item that was lost", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const writer = extension.writer("act");
  for (let index = 0; index < 10; index++) writer.write("hang");
  const end = rejection(writer.end().then(() => undefined));
  await runtime.close({ grace: 50 });
  expect((await end).message).toContain("10 of 10 written items failed");
});

test("a synchronous call answers, refuses and runs out of time, and the next one is answered", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/s");
  expect(extension.callSync("echo", pattern(30))).toEqual(pattern(30));
  expect(extension.callSync("round_trip", { a: [1] })).toEqual({ a: [1] });
  const long = extension.callSync("echo", pattern(700_000, 1)) as Uint8Array;
  expect(Buffer.compare(long, pattern(700_000, 1))).toBe(0);
  expect(extension.callSync("sleep", 120)).toBe(120);
  expect(() => extension.callSync("act", { fail: "no" })).toThrow("no");
  const late = (): unknown => extension.callSync("act", "hang", { timeout: 20 });
  expect(late).toThrow("no answer within 20 ms");
  expect(() => extension.callSync("echo", undefined, { timeout: 0 })).toThrow("timeout must be a number");
  expect(extension.callSync("echo", pattern(3))).toEqual(pattern(3));
  expect(() => extension.callSync("nope")).toThrow('has no method "nope"');
});

test("a synchronous call settles what else has come, and finds a slot when all are taken", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const calls = Array.from({ length: 2_500 }, (_, index) => extension.call("echo", pattern(4, index)));
  expect(extension.callSync("echo", pattern(9))).toEqual(pattern(9));
  expect(await Promise.all(calls)).toEqual(calls.map((_, index) => pattern(4, index)));
});

test("a synchronous call inside of a logger is refused", async () => {
  let refusal: unknown;
  const log = (): void => {
    try {
      extension.callSync("echo");
    } catch (error) {
      refusal ??= error;
    }
  };
  const runtime = await openForTest({ logger: { debug: log, info: log, warn: log, error: log } });
  const extension = await runtime.start("misbehaving");
  await extension.call("log", "text");
  expect(refusal).toMatchObject({ code: "INVALID_STATE" });
});
