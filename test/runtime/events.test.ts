import { expect, test } from "vitest";
import { recordingLogger } from "../support/recording-logger.ts";
import { openForTest } from "../support/runtime.ts";

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
