import { expect, test } from "vitest";
import { openForTest, pattern, rejection } from "../support/runtime.ts";

async function none(runtime: { stats(): Readonly<Record<string, number>> }): Promise<void> {
  while ((runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(runtime.stats()).toMatchObject({ handles: 0, rustRunning: 0 });
}

test.each([
  ["create", { create: { fail: "no such thing" } }],
  ["start", { start: { fail: "no such thing" } }],
])("a refusal in %s is the start's error, and nothing is left", async (_, config) => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start("misbehaving/a", config));
  expect(error).toMatchObject({ name: "ExtensionError", code: "TOLD_TO_FAIL", componentId: "misbehaving/a" });
  expect(error.message).toBe("rust extension start failed: no such thing");
  expect(error.rustText).toBe("no such thing");
  await none(runtime);
});

test("a configuration that was never validated is refused by start, in Rust's words", async () => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start("misbehaving/a", { shutdown: "dance" }));
  expect(error.code).toBe("CONFIG_INVALID");
  expect(error.message).toMatch(
    /^rust extension start failed: config parse error: shutdown: unknown variant `dance`, .* at line 1 column 19$/,
  );
  const text = await rejection(runtime.start("misbehaving/a", "{ not json"));
  expect(text.message).toMatch(/^rust extension start failed: config parse error: \.: key must be a string at line 1/);
  await none(runtime);
});

test("a start that is aborted rejects, and leaves no instance, however late Rust finds out", async () => {
  const runtime = await openForTest();
  for (const start of ["hang", { block: 30 }]) {
    const controller = new AbortController();
    const starting = runtime.start("misbehaving/a", { start }, { signal: controller.signal });
    while ((runtime.stats().rustRunning ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("never mind"));
    const error = await rejection(starting);
    expect(error).toMatchObject({ code: "ABORTED", componentId: "misbehaving/a" });
    expect(error.message).toBe("rust extension start call failed: context was cancelled: never mind");
    await none(runtime);
  }
  const checker = await runtime.start("misbehaving/checker");
  expect(await checker.call("living")).toBe(1);
});

test("a start whose signal was aborted before reaches no instance", async () => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start("misbehaving/a", {}, { signal: AbortSignal.abort(new Error("late")) }));
  expect(error.message).toBe("rust extension start call failed: context was already cancelled: late");
  expect(runtime.stats().calls).toBe(0);
});

test("a start that does not end has its deadline", async () => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start("misbehaving/a", { start: "hang" }, { deadline: 30 }));
  expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", componentId: "misbehaving/a" });
  expect(error.message).toBe("rust extension start call failed: the deadline passed");
  await none(runtime);
});

test("shutdown's error is told after the clean-up; a second shutdown resolves", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a", { shutdown: { fail: "stuck" } });
  const error = await rejection(extension.shutdown());
  expect(error).toMatchObject({ code: "TOLD_TO_FAIL", retryable: true, componentId: "misbehaving/a" });
  expect(error.message).toBe("rust shutdown failed: stuck");
  expect(runtime.stats().handles).toBe(0);
  await extension.shutdown();
});

test("a shutdown that does not end has its deadline, and the instance is dropped all the same", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a", { shutdown: "hang" });
  const error = await rejection(extension.shutdown({ deadline: 30 }));
  expect(error.message).toBe("rust shutdown failed: the deadline passed");
  await none(runtime);
});

test("a shutdown that is aborted, before or meanwhile, leaves no instance either", async () => {
  const runtime = await openForTest();
  const before = await runtime.start("misbehaving/a", { shutdown: "hang" });
  expect((await rejection(before.shutdown({ signal: AbortSignal.abort("x") }))).code).toBe("ABORTED");
  const meanwhile = await runtime.start("misbehaving/b", { shutdown: "hang" });
  const controller = new AbortController();
  const ending = meanwhile.shutdown({ signal: controller.signal });
  controller.abort("y");
  expect((await rejection(ending)).code).toBe("ABORTED");
  await none(runtime);
});

test.each<[object, string]>([
  [{ deadline: -1 }, "deadline must be a number of milliseconds from 0 to 2147483647, got -1"],
  [{ traceId: null }, "traceId must be a string, got null"],
  [{ traceFlags: 256 }, "traceFlags must be a whole number from 0 to 255, got 256"],
  [{ traceId: 5 }, "traceId must be a string, got 5"],
  [{ metadata: { a: "x" } }, 'metadata must hold lists of well-formed strings, and "a" does not'],
  [{ metadata: { a: ["\ud800"] } }, 'metadata must hold lists of well-formed strings, and "a" does not'],
  [{ metadata: { a: ["x".repeat(70_000)] } }, "metadata of 70010 bytes, at most 65536"],
  [{ signal: null }, "signal must be an AbortSignal, got null"],
])("shutdown with context %# is refused before anything happens, and can be asked for again", async (context, text) => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const error = await rejection(extension.shutdown(context));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", componentId: "misbehaving/a" });
  expect(error.message).toBe(`rust shutdown failed: ${text}`);
  expect(await extension.call("echo", pattern(2))).toEqual(pattern(2));
  await extension.shutdown();
  expect(runtime.stats().handles).toBe(0);
});

test("shutdown lets running calls finish first", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const order: string[] = [];
  const call = extension.call("sleep", 50).then(() => order.push("call"));
  const ending = extension.shutdown().then(() => order.push("shutdown"));
  await Promise.all([call, ending]);
  expect(order).toEqual(["call", "shutdown"]);
});

test("calls that do not finish are cancelled when half the shutdown's time is over", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const call = rejection(extension.call("act", "hang"));
  await extension.shutdown({ deadline: 400 });
  const error = await call;
  expect(error).toMatchObject({ code: "CANCELLED", componentId: "misbehaving/a" });
  expect(error.message).toBe("it was cancelled: the extension, or its runtime, is shutting down");
  await none(runtime);
});

test("ready and not ready reach the instance, and its refusals come back", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a", { not_ready: { fail: "not now" } });
  await extension.ready();
  expect((await rejection(extension.notReady())).message).toBe("not now");
});

test("a step that blocks its thread holds up no other for long", async () => {
  const runtime = await openForTest();
  const order: string[] = [];
  const blocked = runtime.start("misbehaving/a", { start: { block: 500 } }).then(() => order.push("blocked"));
  const quick = runtime.start("misbehaving/b").then(() => order.push("quick"));
  await Promise.all([blocked, quick]);
  expect(order).toEqual(["quick", "blocked"]);
});

test("starts and shutdowns of many instances at once", async () => {
  const runtime = await openForTest();
  for (let round = 0; round < 4; round++) {
    const extensions = await Promise.all(
      Array.from({ length: 200 }, (_, index) => runtime.start(`misbehaving/${round}_${index}`)),
    );
    expect(runtime.stats().handles).toBe(200);
    await Promise.all(extensions.map((extension) => extension.call("echo", pattern(3))));
    await Promise.all(extensions.map((extension) => extension.shutdown()));
    expect(runtime.stats().handles).toBe(0);
  }
});

test("what it depends on, a factory says from the configuration", async () => {
  const runtime = await openForTest();
  expect(runtime.validateConfig("needs", '{"needs": ["misbehaving/a"]}')).toEqual({ dependencies: ["misbehaving/a"] });
  expect(runtime.validateConfig("misbehaving", "{}")).toEqual({ dependencies: [] });
});
