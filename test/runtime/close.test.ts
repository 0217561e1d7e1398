import { expect, test } from "vitest";
import { open } from "../../dist/index.js";
import { recordingLogger } from "../support/recording-logger.ts";
import { NEAR_WRAP, pattern, rejection, testLibrary } from "../support/runtime.ts";

const openHere = (options = {}) => open(testLibrary, { ...NEAR_WRAP, ...options });

test("close settles everything: calls may finish, instances are shut down in reverse order, the rest is rejected", async () => {
  const logger = recordingLogger();
  const runtime = await openHere({ logger, logLevel: "info" });
  const extension = await runtime.start("misbehaving/a");
  const finishing = extension.call("sleep", 30);
  const hanging = rejection(extension.call("act", "hang"));
  await runtime.close({ grace: 600 });
  expect(await finishing).toBe(30);
  const error = await hanging;
  expect(error).toMatchObject({ code: "RUNTIME_CLOSED", componentId: "misbehaving/a" });
  expect(error.message).toBe("the runtime is closed");
  expect(logger.lines.filter(({ message }) => message.includes("grace"))).toEqual([]);
});

test("nothing is taken on once close has begun, and afterwards", async () => {
  const runtime = await openHere();
  const extension = await runtime.start("misbehaving/a");
  const closing = runtime.close();
  const starting = await rejection(runtime.start("misbehaving/b"));
  expect(starting).toMatchObject({ code: "RUNTIME_CLOSED", componentId: "misbehaving/b" });
  expect(starting.message).toBe("rust extension start call failed: the runtime is closed");
  await closing;
  const call = await rejection(extension.call("echo", pattern(1)));
  expect(call).toMatchObject({ code: "RUNTIME_CLOSED", componentId: "misbehaving/a" });
  expect(call.message).toBe("the runtime is closed");
  await extension.shutdown(); // the runtime has shut it down
  expect(runtime.stats().handles).toBe(0);
});

test("a second close waits for the first", async () => {
  const runtime = await openHere();
  await Promise.all([runtime.close(), runtime.close({ grace: 1 })]);
  await runtime.close();
  await runtime[Symbol.asyncDispose]();
});

test("calls that wait for a slot are rejected at once", async () => {
  const runtime = await openHere();
  const extension = await runtime.start("misbehaving/a");
  const calls = Array.from({ length: 1_100 }, () => rejection(extension.call("act", "hang")));
  await runtime.close({ grace: 100 });
  const codes = new Set((await Promise.all(calls)).map(({ code }) => code));
  expect(codes).toEqual(new Set(["RUNTIME_CLOSED"]));
});

test("instances that misbehave in shutdown do not stop the close", async () => {
  const runtime = await openHere();
  await runtime.start("misbehaving/a", { shutdown: { panic: "ouch" } });
  await runtime.start("misbehaving/b", { shutdown: { fail: "no" } });
  await runtime.start("misbehaving/c", { drop: true });
  await runtime.start("misbehaving/d", { shutdown: "hang" });
  await runtime.close({ grace: 300 });
  const next = await openHere();
  const checker = await next.start("misbehaving");
  expect(await checker.call("living")).toBe(1);
  await next.close();
});

test("a start that hangs is cancelled by close", async () => {
  const runtime = await openHere();
  const starting = rejection(runtime.start("misbehaving/a", { start: "hang" }));
  await runtime.close({ grace: 200 });
  expect((await starting).message).toMatch(
    /^rust extension start call failed: (the runtime is closed|it was cancelled)/,
  );
});

test("a thread that is stuck in a component is left behind, and said so; everything is settled within the grace", async () => {
  const logger = recordingLogger();
  const runtime = await openHere({ logger });
  const extension = await runtime.start("misbehaving/a");
  const stuck = rejection(extension.call("act", { block: 3_000 }));
  const behind = rejection(extension.call("echo", pattern(1)));
  while ((runtime.stats().rustRequests ?? 0) < 2) await new Promise((resolve) => setImmediate(resolve));
  await runtime.close({ grace: 50 });
  expect((await stuck).code).toBe("RUNTIME_CLOSED");
  expect((await behind).code).toBe("RUNTIME_CLOSED");
  const said = logger.lines.find(({ message }) => message.includes("did not end within its grace"));
  expect(said).toMatchObject({ level: "warn" });
  // Another runtime of the same library is not touched by it.
  const next = await openHere();
  const other = await next.start("misbehaving/b");
  expect(await other.call("echo", pattern(2))).toEqual(pattern(2));
  await next.close();
});

test.each([-1, Number.NaN, "x" as unknown as number])(
  "the grace %s is refused, and the runtime stays open",
  async (grace) => {
    const runtime = await openHere();
    const error = await rejection(runtime.close({ grace }));
    expect(error.message).toBe(`grace must be a number of milliseconds from 0 to 2147483647, got ${grace}`);
    const extension = await runtime.start("misbehaving");
    expect(await extension.call("echo", pattern(1))).toEqual(pattern(1));
    await runtime.close();
  },
);

test("opening and closing many times leaves neither threads nor descriptors", async () => {
  const { readdirSync } = await import("node:fs");
  const count = (): [number, number] => [readdirSync("/proc/self/task").length, readdirSync("/proc/self/fd").length];
  const cycle = async (): Promise<void> => {
    const runtime = await openHere();
    const extension = await runtime.start("misbehaving");
    await extension.call("echo", pattern(100));
    await runtime.close();
  };
  for (let round = 0; round < 5; round++) await cycle();
  const [threads, descriptors] = count();
  for (let round = 0; round < 40; round++) await cycle();
  // The last descriptors of a socket close with the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  const [threadsAfter, descriptorsAfter] = count();
  // Some of the last runtime's may still be ending; forty runtimes' worth is what a leak would be.
  expect(threadsAfter).toBeLessThan(threads + 8);
  expect(descriptorsAfter).toBeLessThan(descriptors + 8);
});

test("results that wait for byte space are handed over before the runtime ends", async () => {
  const runtime = await openHere();
  const extension = await runtime.start("sized");
  const length = new Uint8Array(Uint32Array.of(500_000).buffer);
  const calls = Array.from({ length: 40 }, () => extension.call("make", length));
  await new Promise((resolve) => setImmediate(resolve));
  await runtime.close();
  const lengths = ((await Promise.all(calls)) as Uint8Array[]).map((result) => result.length);
  expect(lengths).toEqual(new Array(40).fill(500_000));
  expect(runtime.stats().waiting).toBe(0);
});
