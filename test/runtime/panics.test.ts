import { expect, test } from "vitest";
import { recordingLogger } from "../support/recording-logger.ts";
import { openForTest, pattern, rejection } from "../support/runtime.ts";

const PLACE = /at (\S*\/)?test\/extensions\/src\/lib\.rs:\d+:\d+/;

test.each([
  ["create", { create: { panic: "ouch" } }],
  ["start", { start: { panic: "ouch" } }],
])("a panic in %s is the start's error, and others go on", async (_, config) => {
  const runtime = await openForTest();
  const other = await runtime.start("misbehaving/other");
  const error = await rejection(runtime.start("misbehaving/a", config));
  expect(error).toMatchObject({ name: "PanicError", code: "PANICKED", componentId: "misbehaving/a", rustText: "ouch" });
  expect(error.message).toMatch(/^rust extension start failed: panicked at .*: ouch$/);
  expect(error.message).toMatch(PLACE);
  expect(await other.call("echo", pattern(4))).toEqual(pattern(4));
  expect(runtime.stats()).toMatchObject({ handles: 1, panics: 1 });
});

test("a panic in a call poisons its instance only, which can still be shut down", async () => {
  const runtime = await openForTest();
  const [bad, good] = await Promise.all([runtime.start("misbehaving/bad"), runtime.start("misbehaving/good")]);
  const error = await rejection(bad.call("act", { panic: "ouch" }));
  expect(error).toMatchObject({ code: "PANICKED", componentId: "misbehaving/bad", rustText: "ouch", permanent: true });
  expect(error.location).toMatch(/lib\.rs:\d+:\d+$/);
  const poisoned = await rejection(bad.call("echo", pattern(1)));
  expect(poisoned.code).toBe("POISONED");
  expect(poisoned.message).toBe("extension misbehaving/bad panicked before: it answers no calls");
  expect(await good.call("echo", pattern(2))).toEqual(pattern(2));
  await bad.shutdown();
  expect(runtime.stats().handles).toBe(1);
});

test.each([
  ["before there is a future", "panic_before_future", undefined],
  ["on a thread of its own", "act_blocking", { panic: "ouch" }],
  ["with a payload that panics when it is dropped", "act", "panic_twice"],
])("a panic %s", async (_, method, payload) => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  expect((await rejection(extension.call(method, payload))).code).toBe("PANICKED");
  const other = await runtime.start("misbehaving/b");
  expect(await other.call("echo", pattern(3))).toEqual(pattern(3));
});

test("a future that panics when it is dropped does not take the drain with it", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const error = await rejection(extension.call("drop_panics", undefined, { deadline: 20 }));
  expect(error.code).toBe("DEADLINE_EXCEEDED");
  while ((runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  expect((await rejection(extension.call("echo", pattern(1)))).code).toBe("POISONED");
  const other = await runtime.start("misbehaving/b");
  expect(await other.call("echo", pattern(3))).toEqual(pattern(3));
});

test.each([
  ["shutdown", { shutdown: { panic: "ouch" } }, /^rust shutdown failed: panicked at .*: ouch$/],
  ["drop", { drop: true }, /^rust shutdown failed: panicked at .*: told to panic in drop$/],
])("a panic in %s is the shutdown's error, and the handle is free", async (_, config, message) => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a", config);
  const error = await rejection(extension.shutdown());
  expect(error).toMatchObject({ name: "PanicError", code: "PANICKED", componentId: "misbehaving/a" });
  expect(error.message).toMatch(message);
  expect(runtime.stats()).toMatchObject({ handles: 0, panics: 1 });
});

test("a panic in a notification poisons", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a", { ready: { panic: "ouch" } });
  expect((await rejection(extension.ready())).code).toBe("PANICKED");
  expect((await rejection(extension.call("echo", pattern(1)))).code).toBe("POISONED");
});

test("a panic is in the log once, with place and component, and nothing is printed", async () => {
  const logger = recordingLogger();
  const runtime = await openForTest({ logger });
  const extension = await runtime.start("misbehaving/a");
  await rejection(extension.call("act", { panic: "ouch" }));
  const records = logger.lines.filter(({ message }) => message === "panicked: ouch");
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({ level: "error", fields: { component: "misbehaving/a" } });
  expect(records[0]?.fields.location).toMatch(/lib\.rs:\d+:\d+$/);
});
