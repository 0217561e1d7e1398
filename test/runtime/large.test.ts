/** Payloads over half a byte ring: in fragments, beside everything else. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { openForTest, pattern, rejection } from "../support/runtime.ts";

const HALF = 512 * 1024;

test("payloads of up to 16 MiB cross in both directions, whole", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  for (const length of [HALF + 1, 1_048_576, 1_048_577, 3_000_001, 16 * 2 ** 20]) {
    const bytes = pattern(length, length);
    expect(Buffer.compare((await extension.call("echo", bytes)) as Uint8Array, bytes), `${length}`).toBe(0);
  }
  expect(runtime.stats()).toMatchObject({ bytesInFlight: 0, rustHeldBytes: 0 });
});

test("many long and short calls at once are all answered, and short ones pass", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const lengths = fc.array(fc.oneof(fc.nat(60), fc.nat(60_000), fc.integer({ min: HALF, max: 3_000_000 })), {
    minLength: 1,
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(lengths, fc.boolean(), async (plan, lend) => {
      const answers = await Promise.all(
        plan.map((length, index) => extension.call("echo", pattern(length, index), { lend })),
      );
      answers.forEach((answer, index) => {
        const expected = pattern(plan[index] ?? 0, index);
        expect(Buffer.compare(answer as Uint8Array, expected), `number ${index}`).toBe(0);
      });
    }),
    { numRuns: 12 },
  );
  const order: string[] = [];
  const long = extension.call("echo", pattern(12_000_000)).then(() => order.push("long"));
  await extension.call("echo", pattern(5)).then(() => order.push("short"));
  await long;
  expect(order).toEqual(["short", "long"]);
  expect(runtime.stats()).toMatchObject({ bytesInFlight: 0, rustHeldBytes: 0 });
});

test("a long payload may be changed as soon as call has returned, unless it is lent", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const blocker = await runtime.start("misbehaving/blocker");
  // Rust takes nothing meanwhile, and what finds no space has to wait.
  const block = (): Promise<unknown> => blocker.call("act", { block: 300 });
  const reused = pattern(5_000_000, 1);
  let blocked = block();
  const answer = extension.call("echo", reused);
  reused.fill(0);
  expect(Buffer.compare((await answer) as Uint8Array, pattern(5_000_000, 1))).toBe(0);
  await blocked;
  const copied = runtime.stats().bytesCopiedToWait;
  expect(copied).toBeGreaterThan(0);
  blocked = block();
  await extension.call("echo", pattern(5_000_000, 2), { lend: true });
  await blocked;
  expect(runtime.stats().bytesCopiedToWait).toBe(copied);
});

test.each([20, 60, 3_000, 100_000, 2_000_000])("a result of %i bytes goes into the caller's buffer", async (length) => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const into = new Uint8Array(length + 100).fill(9);
  const answer = (await extension.call("echo", pattern(length), { into })) as Uint8Array;
  expect(answer.buffer).toBe(into.buffer);
  expect(Buffer.compare(answer, pattern(length))).toBe(0);
  expect(into.subarray(length).every((byte) => byte === 9)).toBe(true);
  const short = new Uint8Array(length - 1).fill(9);
  const other = (await extension.call("echo", pattern(length), { into: short })) as Uint8Array;
  expect(Buffer.compare(other, pattern(length)), "a result that does not fit is not lost").toBe(0);
  expect(short.every((byte) => byte === 9)).toBe(true);
});

test("an abort in the middle of a long payload gives its slot back, and the next one crosses", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("echo");
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [1, 2, 3].map((seed) => rejection(extension.call("echo", pattern(9_000_000, seed), { signal })));
  const into = new Uint8Array(9_000_000);
  const late = rejection(extension.call("echo", pattern(9_000_000, 4), { signal, into }));
  controller.abort();
  for (const error of await Promise.all([...calls, late])) expect(error.code).toBe("ABORTED");
  // Every slot is used again, also those whose payload was given up.
  const plain = Array.from({ length: 960 }, (_, index) => extension.call("echo", pattern(4, index)));
  expect(await Promise.all(plain)).toEqual(plain.map((_, index) => pattern(4, index)));
  into.fill(0);
  const bytes = pattern(9_000_000, 5);
  expect(Buffer.compare((await extension.call("echo", bytes)) as Uint8Array, bytes)).toBe(0);
  expect(
    into.every((byte) => byte === 0),
    "an aborted call's buffer is its owner's again",
  ).toBe(true);
  expect(runtime.stats()).toMatchObject({ inFlight: 0, bytesInFlight: 0 });
});

test("an abort in the middle of a long result leaves the caller's buffer alone from then on", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("sized");
  const length = 12_000_000;
  const into = new Uint8Array(length);
  const controller = new AbortController();
  const size = new Uint8Array(Uint32Array.of(length).buffer);
  let isOver = false;
  const call = rejection(extension.call("make", size, { into, signal: controller.signal })).finally(() => {
    isOver = true;
  });
  // Until the first fragments are there.
  while (into[0] === 0 && !isOver) await new Promise((resolve) => setImmediate(resolve));
  expect(into[length - 1], "and not all of them").toBe(0);
  controller.abort();
  into.fill(0);
  expect((await call).code).toBe("ABORTED");
  expect(await extension.call("make", size)).toHaveLength(length);
  expect(into.every((byte) => byte === 0)).toBe(true);
});

test("bytes under way are bounded, and a shutdown passes calls that wait for them", async () => {
  const runtime = await openForTest({ payloadMax: 2 ** 20, heldMax: 2 ** 21 });
  const extension = await runtime.start("misbehaving/a");
  const other = await runtime.start("misbehaving/b");
  const controller = new AbortController();
  const { signal } = controller;
  const big = { fail: "x".repeat(900_000) };
  const block = extension.call("act", { block: 200 });
  const calls = Array.from({ length: 8 }, () => rejection(extension.call("act", big, { signal })));
  expect(runtime.stats()).toMatchObject({ waiting: 6 });
  expect(runtime.stats().bytesInFlight).toBeLessThan(2 ** 21);
  await other.shutdown();
  await block;
  for (const error of await Promise.all(calls)) expect(error.name).toBe("ExtensionError");
  expect(runtime.stats()).toMatchObject({ waiting: 0, bytesInFlight: 0 });
});

test("results that nobody takes hold up Rust, not its memory", async () => {
  const runtime = await openForTest({ payloadMax: 2 ** 20, heldMax: 2 ** 20 });
  const extension = await runtime.start("sized");
  const of = (length: number): Uint8Array => new Uint8Array(Uint32Array.of(length).buffer);
  const calls = Array.from({ length: 400 }, () => extension.call("make", of(900_000)));
  const until = performance.now() + 100; // Rust works on, and this side takes nothing
  while (performance.now() < until);
  const { rustRequests = 0, rustHeldBytes = 0 } = runtime.stats();
  expect(rustRequests).toBeLessThan(10);
  expect(rustHeldBytes).toBeLessThan(4 * 2 ** 20);
  for (const answer of (await Promise.all(calls)) as Uint8Array[]) expect(answer).toHaveLength(900_000);
});

test.each([
  [{ payloadMax: 1_000 }, "payloadMax must be a whole number from 524288 to 1073741824, got 1000"],
  [{ heldMax: 5 }, "heldMax must be a whole number from 16777216 to 4294967295, got 5"],
  [{ lanes: 0 }, "lanes must be a whole number from 1 to 256, got 0"],
  [{ workers: 1.5 }, "workers must be a whole number from 0 to 256, got 1.5"],
  [{ polling: "on" as "off" }, "polling must be one of adaptive, off, got on"],
])("the options %j are refused", async (options, message) => {
  expect((await rejection(openForTest(options))).message).toBe(message);
});
