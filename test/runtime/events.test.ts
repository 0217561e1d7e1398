import { expect, onTestFinished, test } from "vitest";
import { recordingLogger } from "../support/recording-logger.ts";
import { openForTest, rejection } from "../support/runtime.ts";

test("a component's tracing events reach the logger, with its id and fields, before the call that caused them ends", async () => {
  const logger = recordingLogger();
  const runtime = await openForTest({ logger });
  const extension = await runtime.start("misbehaving/a");
  await extension.call("log", "something odd");
  expect(logger.lines).toEqual([
    {
      level: "warn",
      message: "something odd",
      fields: { component: "misbehaving/a", target: "ferrule_test_extensions", answer: 42 },
    },
  ]);
});

test("events below the level that was asked for do not cross", async () => {
  const logger = recordingLogger();
  const runtime = await openForTest({ logger, logLevel: "error" });
  const extension = await runtime.start("misbehaving/a");
  await extension.call("log", "something odd");
  expect(logger.lines).toEqual([]);
});

test("far more records than the ring holds: none is lost without being counted, and order is kept", async () => {
  const logger = recordingLogger();
  const runtime = await openForTest({ logger });
  const extension = await runtime.start("misbehaving/a");
  const texts = Array.from({ length: 3_000 }, (_, index) => `record ${index} ${"x".repeat(index % 700)}`);
  await Promise.all(texts.map((text) => extension.call("log", text)));
  await extension.call("log", "the last");
  // More may wait for space in the ring than was taken with the last completion.
  const accounted = (): number => logger.lines.length + (runtime.stats().logsDropped ?? 0);
  while (accounted() < texts.length + 1) await new Promise((resolve) => setImmediate(resolve));
  expect(accounted()).toBe(texts.length + 1);
  const records = logger.lines.filter(({ message }) => message.startsWith("record"));
  const numbers = records.map(({ message }) => Number(message.split(" ")[1]));
  expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
});

test("calls that log while others are in flight: events that were taken before their completion are no violation", async () => {
  let lines = 0;
  const count = (): void => {
    lines++;
  };
  const runtime = await openForTest({ logger: { debug: count, info: count, warn: count, error: count } });
  const extensions = await Promise.all(["a", "b", "c"].map((name) => runtime.start(`misbehaving/${name}`)));
  const loops = Array.from({ length: 24 }, async (_, loop) => {
    for (let round = 0; round < 400; round++) await extensions[loop % 3]?.call("log", `${loop} ${round}`);
  });
  await Promise.all(loops);
  while (lines + (runtime.stats().logsDropped ?? 0) < 9_600) await new Promise((resolve) => setImmediate(resolve));
  expect(lines + (runtime.stats().logsDropped ?? 0)).toBe(9_600);
});

test("statuses are there before their start resolves, also while logs fill the ring", async () => {
  const heard = new Set<string>();
  const count = (): void => {};
  const logger = { debug: count, info: count, warn: count, error: count };
  const runtime = await openForTest({ logger, onStatus: ({ componentId }) => heard.add(componentId) });
  const noisy = await runtime.start("misbehaving/noisy");
  const noise = Array.from({ length: 20_000 }, () => noisy.call("log", "x".repeat(600)));
  for (let round = 0; round < 40; round++) {
    await runtime.start(`misbehaving/${round}`, { report: "OK" });
    expect(heard.has(`misbehaving/${round}`), `start ${round}`).toBe(true);
  }
  await Promise.all(noise);
});

test("a text of any length and kind crosses, cut off visibly where it is too long", async () => {
  const reports: { componentId: string; error?: string }[] = [];
  const logger = recordingLogger();
  const runtime = await openForTest({ logger, onStatus: (report) => reports.push(report) });
  const extension = await runtime.start("misbehaving/a", { report: `RecoverableError:${"\u0001".repeat(60_000)}` });
  expect(reports[0]?.error).toMatch(/\.\.\. \(43616 bytes more\)$/);
  await extension.call("log", "\u0002".repeat(60_000));
  expect(logger.lines[0]?.message).toHaveLength(14 * 1024);
  const long = await rejection(runtime.start("misbehaving/b", { start: { fail: "\u0003".repeat(60_000) } }));
  expect(long.message).toMatch(/\(43616 bytes more\)$/);
});

test("what a logger or a listener throws is uncaught, and harms no call", async () => {
  const thrown: unknown[] = [];
  const keep = (error: unknown): void => {
    thrown.push(error);
  };
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", keep);
  onTestFinished(() => {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  });
  const broken = (): never => {
    throw new Error("logger broke");
  };
  const runtime = await openForTest({
    logger: { debug: broken, info: broken, warn: broken, error: broken },
    onStatus: () => {
      throw new Error("listener broke");
    },
  });
  const extension = await runtime.start("misbehaving/a", { report: "OK" });
  await extension.call("log", "hello");
  expect((await rejection(extension.call("act", { panic: "ouch" }))).code).toBe("PANICKED");
  await runtime.close();
  expect(thrown.map((error) => (error as Error).message).sort()).toEqual([
    "listener broke",
    "logger broke",
    "logger broke",
  ]);
});

test("several listeners hear a status, each until it stops", async () => {
  const runtime = await openForTest();
  const [first, second]: string[][] = [[], []];
  const stop = runtime.onStatus(({ componentId }) => first?.push(componentId));
  runtime.onStatus(({ componentId }) => second?.push(componentId));
  await runtime.start("misbehaving/a", { report: "OK" });
  stop();
  await runtime.start("misbehaving/b", { report: "OK" });
  expect([first, second]).toEqual([["misbehaving/a"], ["misbehaving/a", "misbehaving/b"]]);
});

test("a status that start reports arrives before the start resolves", async () => {
  const reports: unknown[] = [];
  const runtime = await openForTest({ onStatus: (report) => reports.push(report) });
  await runtime.start("misbehaving/a", { report: "RecoverableError:warming up" });
  expect(reports).toEqual([{ componentId: "misbehaving/a", status: "RecoverableError", error: "warming up" }]);
  await runtime.start("misbehaving/b", { report: "FatalError:gone" });
  expect(reports[1]).toEqual({ componentId: "misbehaving/b", status: "FatalError", error: "gone" });
});

test("a status wakes a runtime on which nothing is pending", async () => {
  const runtime = await openForTest();
  const release = runtime.hold();
  const report = new Promise((resolve) => runtime.onStatus(resolve));
  const extension = await runtime.start("misbehaving/a");
  void extension.call("act", { block: 20 });
  void runtime.start("misbehaving/b", { report: "OK" });
  expect(await report).toEqual({ componentId: "misbehaving/b", status: "OK" });
  release();
});
