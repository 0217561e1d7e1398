/** Calls on threads of their own, and a drain whose thread is kept. */
import { expect, test } from "vitest";
import { recordingLogger } from "../support/recording-logger.ts";
import { openForTest, pattern, rejection } from "../support/runtime.ts";

test("with workers a call that blocks its thread holds up no other", async () => {
  const runtime = await openForTest({ workers: 2 });
  const extension = await runtime.start("misbehaving");
  const order: string[] = [];
  const slow = extension.call("act", { block: 2_000 }).then(() => order.push("slow"));
  await extension.call("echo", pattern(5)).then(() => order.push("quick"));
  await slow;
  expect(order).toEqual(["quick", "slow"]);
});

test("a method that answers at once does so in every kind of call", async () => {
  for (const workers of [0, 2]) {
    const runtime = await openForTest({ workers });
    const extension = await runtime.start("echo");
    expect(await extension.call("now", pattern(3))).toEqual(pattern(3));
    expect(extension.callSync("now", pattern(4))).toEqual(pattern(4));
    expect(await extension.callMany("now", [pattern(5)])).toEqual([pattern(5)]);
  }
});

test("with workers calls fail, panic, time out and are cancelled as without", async () => {
  const runtime = await openForTest({ workers: 2 });
  const extension = await runtime.start("misbehaving/w");
  const items = Array.from({ length: 600 }, (_, index) => pattern(9, index));
  expect(await extension.callMany("echo", items)).toEqual(items);
  expect(await Promise.all(items.map((item) => extension.call("yield", item)))).toEqual(items);
  expect((await rejection(extension.call("act", { fail: "no" }))).message).toBe("no");
  expect((await rejection(extension.call("act", "hang", { deadline: 20 }))).code).toBe("DEADLINE_EXCEEDED");
  const controller = new AbortController();
  const aborted = rejection(extension.call("act", "hang", { signal: controller.signal }));
  controller.abort();
  expect((await aborted).code).toBe("ABORTED");
  expect((await rejection(extension.call("act", { panic: "boom" }))).code).toBe("PANICKED");
  expect((await rejection(extension.call("echo"))).code).toBe("POISONED");
  await extension.shutdown();
});

test("a lifecycle step that said it was quick, and keeps the drain's thread, is told of", async () => {
  const logger = recordingLogger();
  const runtime = await openForTest({ logger });
  await runtime.start("echo/stuck", { block: 1_700 });
  const said = logger.lines.find(({ message }) => message.includes("keeps the thread that drains the ring"));
  expect(said?.message).toMatch(/^a lifecycle step /);
});

test("a method that keeps the drain's thread is named", async () => {
  const logger = recordingLogger();
  const runtime = await openForTest({ logger });
  const extension = await runtime.start("misbehaving/stuck");
  await extension.call("act", { block: 1_700 });
  const said = logger.lines.find(({ message }) => message.includes("keeps the thread that drains the ring"));
  expect(said).toMatchObject({ level: "warn", fields: { component: "misbehaving/stuck", method: "act" } });
});

test("without polling every call is answered, and nobody looks for one", async () => {
  const runtime = await openForTest({ polling: "off" });
  const extension = await runtime.start("echo");
  for (let round = 0; round < 50; round++) {
    expect(await extension.call("echo", pattern(4, round))).toEqual(pattern(4, round));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const items = Array.from({ length: 3_000 }, (_, index) => pattern(4, index));
  expect(await Promise.all(items.map((item) => extension.call("echo", item)))).toEqual(items);
});
