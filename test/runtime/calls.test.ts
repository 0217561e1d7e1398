import fc from "fast-check";
import { expect, test } from "vitest";
import { openForTest, pattern, rejection } from "../support/runtime.ts";

const HALF = 512 * 1024;

test("bytes come back as they went, at every length around a bound", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  for (const length of [0, 1, 7, 8, 23, 24, 25, 39, 40, 41, 63, 64, 65, 4_095, 4_096, 65_537, HALF - 1, HALF]) {
    const bytes = pattern(length, length);
    const answer = (await extension.call("echo", bytes)) as Uint8Array;
    expect(Buffer.compare(answer, bytes), `${length} bytes`).toBe(0);
  }
});

test("results are private copies", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const [first] = [(await extension.call("echo", pattern(100, 1))) as Uint8Array];
  for (let round = 0; round < 20_000; round++) void extension.call("echo", pattern(100, 2));
  await extension.call("echo", pattern(100, 3));
  expect(first).toEqual(pattern(100, 1));
  first.fill(0);
  expect(await extension.call("echo", pattern(100, 4))).toEqual(pattern(100, 4));
});

test("structured values cross as MessagePack, and no payload is nothing", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const value = { text: "grüße", number: 1.5, whole: 42, list: [1, null, true], nested: { deep: ["x"] } };
  expect(await extension.call("round_trip", value)).toEqual(value);
  expect(await extension.call("round_trip")).toBe(null);
});

test("a JSON method answers JSON", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/some-name");
  expect(await extension.call("context")).toEqual({
    component_id: "misbehaving/some-name",
    component_type: "misbehaving",
    component_name: "some-name",
    cancelled: false,
    has_deadline: false,
  });
  expect(await extension.call("context", undefined, { deadline: 60_000 })).toMatchObject({ has_deadline: true });
});

test("thousands of calls at once, beyond the slots, are each answered with their own bytes", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const calls = Array.from({ length: 5_000 }, (_, index) =>
    extension.call(index % 3 === 0 ? "yield" : "echo", pattern(index % 90, index)),
  );
  const answers = await Promise.all(calls);
  answers.forEach((answer, index) => {
    expect(answer, `call ${index}`).toEqual(pattern(index % 90, index));
  });
  expect(runtime.stats()).toMatchObject({ inFlight: 0, waiting: 0, rustRequests: 5_001, rustCompletions: 5_001 });
});

test("any mix of lengths passes both byte rings, which are much smaller than it", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(10_000), fc.nat(HALF)), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(lengths, async (mix) => {
      const answers = await Promise.all(mix.map((length, seed) => extension.call("echo", pattern(length, seed))));
      answers.forEach((answer, seed) => {
        expect(Buffer.compare(answer as Uint8Array, pattern(mix[seed] as number, seed))).toBe(0);
      });
    }),
    { numRuns: 25 },
  );
});

test("results larger than the completion bytes wait for space, and small ones pass them", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("sized");
  const of = (length: number): Uint8Array => new Uint8Array(Uint32Array.of(length).buffer);
  const order: string[] = [];
  const large = Array.from({ length: 8 }, async () => {
    expect(await extension.call("make", of(400_000))).toHaveLength(400_000);
    order.push("large");
  });
  const small = extension.call("make", of(3)).then(() => order.push("small"));
  await Promise.all([...large, small]);
  expect(order.indexOf("small")).toBeLessThan(8);
  expect(runtime.stats().rustByteWaits).toBeGreaterThan(0);
});

const MAX = 16 * 2 ** 20;

test("a result that is too large is an error, and the next call is answered", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("sized/big");
  const of = (length: number): Uint8Array => new Uint8Array(Uint32Array.of(length).buffer);
  expect(await extension.call("make", of(MAX))).toHaveLength(MAX);
  const error = await rejection(extension.call("make", of(MAX + 1)));
  expect(error).toMatchObject({ code: "RESULT_TOO_LARGE", componentId: "sized/big", permanent: true });
  expect(error.message).toBe("result of 16777217 bytes, at most 16777216");
  expect(await extension.call("make", of(5))).toHaveLength(5);
});

test("a payload may be changed as soon as call has returned, also when it has to wait", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const reused = Buffer.alloc(200); // whose slice() is a view
  const calls = Array.from({ length: 3_000 }, (_, index) => {
    reused.fill(index & 0xff);
    return extension.call("echo", reused);
  });
  const answers = (await Promise.all(calls)) as Uint8Array[];
  answers.forEach((answer, index) => {
    expect(answer.every((byte) => byte === (index & 0xff))).toBe(true);
  });
});

test("several instances of one type live side by side, each with its handle", async () => {
  const runtime = await openForTest();
  const ids = ["misbehaving/a", "misbehaving/b", "misbehaving/c"];
  const extensions = await Promise.all(ids.map((id) => runtime.start(id)));
  expect(new Set(extensions.map(({ handle }) => handle.index)).size).toBe(3);
  const contexts = await Promise.all(extensions.map((extension) => extension.call("context")));
  expect(contexts.map((context) => (context as { component_id: string }).component_id)).toEqual(ids);
  expect(runtime.stats().handles).toBe(3);
  for (const extension of extensions) await extension.shutdown();
  expect(runtime.stats().handles).toBe(0);
});

test("an idle instance's handle is reused with another generation, and the old one finds nothing", async () => {
  const runtime = await openForTest();
  const first = await runtime.start("misbehaving/a");
  await first.shutdown();
  const second = await runtime.start("misbehaving/b");
  expect(second.handle.index).toBe(first.handle.index);
  expect(second.handle.generation).not.toBe(first.handle.generation);
});

test("two runtimes of one library do not mix", async () => {
  const [one, two] = await Promise.all([openForTest(), openForTest()]);
  const [first, second] = await Promise.all([one.start("misbehaving/one"), two.start("misbehaving/two")]);
  expect(await first.call("context")).toMatchObject({ component_id: "misbehaving/one" });
  expect(await second.call("context")).toMatchObject({ component_id: "misbehaving/two" });
  await one.close();
  expect(await second.call("echo", pattern(9))).toEqual(pattern(9));
});
