/** Streams that are left at bad moments: nothing stays open in Rust, and nothing comes after the end. */
import { expect, test } from "vitest";
import { rejection } from "../support/runtime.ts";
import { TypedSuite } from "../support/typed.ts";

const suite = new TypedSuite();

/** More than a lane has places, and more than an instance may have streams. */
const MANY = 1_100;

test("iterators that fill every place can be told to return", async () => {
  const typed = await suite.start();
  const streams = Array.from({ length: 1_000 }, () => typed.silence());
  const waiting = streams.map((stream) => stream.next());
  while ((suite.runtime.stats().inFlight ?? 0) < 960) await new Promise((resolve) => setImmediate(resolve));
  for (const stream of streams) void stream.return();
  const ends = await Promise.all(waiting);
  expect(ends.every(({ done }) => done)).toBe(true);
  expect(await typed.len()).toBe(0);
});

test("a stream that is aborted when Rust has opened it, and nobody knows yet, is dropped", async () => {
  const typed = await suite.start();
  const completions = (): number => suite.runtime.stats().rustCompletions ?? 0;
  for (let stream = 0; stream < MANY; stream++) {
    const controller = new AbortController();
    const before = completions();
    let asked: Promise<unknown> | undefined;
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        asked = rejection(typed.silence({ signal: controller.signal }).next());
      });
      // Right behind it: Rust answers, and this side has no turn to take the answer in.
      setImmediate(() => {
        while (completions() === before);
        controller.abort();
        resolve();
      });
    });
    expect(await asked).toMatchObject({ code: "ABORTED" });
  }
  expect(await typed.count(1).next()).toEqual({ done: false, value: 0 });
});

test("an iterator that has returned gives nothing more", async () => {
  const typed = await suite.start();
  for (let round = 0; round < 300; round++) {
    const stream = typed.count(100);
    const first = stream.next();
    if (round % 2 === 0) await first;
    const second = stream.next();
    await stream.return();
    await second;
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  }
});

test("a full table of streams in one direction leaves the other alone", async () => {
  const typed = await suite.start();
  const streams = Array.from({ length: 1_024 }, () => typed.count(100));
  for (const stream of streams) await stream.next();
  expect((await rejection(typed.count(1).next())).code).toBe("STREAMS_EXHAUSTED");
  expect(await typed.sum([1, 2])).toBe(3);
  for (const stream of streams) await stream.return();
  expect((await typed.produced())[1]).toBeGreaterThanOrEqual(1_024);
});

test("a deadline is the whole stream's, and a signal that is none is refused", async () => {
  const typed = await suite.start();
  expect((await rejection(typed.silence({ deadline: 20 }).next())).code).toBe("DEADLINE_EXCEEDED");
  expect(() => typed.count(1, null, { signal: {} })).toThrow("signal must be an AbortSignal");
});

test.each([{ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }, { metadata: { a: ["b"] } }])(
  "errors are of the client's classes whatever the context says: %j",
  async (context) => {
    const typed = await suite.start();
    expect(await rejection(typed.fails("full", context))).toBeInstanceOf(suite.client.TypedFullError);
  },
);
