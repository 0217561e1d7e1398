/** Lanes of worker threads: one runtime, its instances shared, and ends of every kind. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { attach, type Runtime, type SharedExtension, type SharedRuntime } from "../../dist/index.js";
import { NEAR_WRAP, openForTest, pattern, rejection } from "../support/runtime.ts";

const SCRIPT = fileURLToPath(new URL("../support/lane-worker.mjs", import.meta.url));

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A worker with a lane of its own. */
async function workerOn(shared: SharedRuntime) {
  const worker = new Worker(SCRIPT, { workerData: { shared, options: NEAR_WRAP } });
  onTestFinished(async () => void (await worker.terminate()));
  const answer = async (): Promise<unknown> => {
    const [{ result, error }] = (await once(worker, "message")) as [Answer];
    if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code });
    return result;
  };
  await answer();
  const tell = (command: string, argument?: unknown): Promise<unknown> => {
    worker.postMessage({ command, argument });
    return answer();
  };
  return { worker, tell };
}

test("calls from Rust go to the thread that started their extension, and end with it", async () => {
  const runtime = await openWithPulse();
  const { worker, tell } = await workerOn(runtime.share());
  runtime.provide("where", () => Buffer.from("main"));
  await tell("provide", ["where", "worker"]);
  await tell("provide", ["hang", "hang"]);
  const theirs = runtime.extension((await tell("start", "caller/theirs")) as SharedExtension);
  const ours = await runtime.start("caller/ours");
  expect(await theirs.call("ask", { name: "where" })).toBe("worker");
  expect(await ours.call("ask", { name: "where" })).toBe("main");
  // What Rust hears, if the end of its own extension does not come before that.
  const hanging = theirs.call("error", { name: "hang" }).catch((error: unknown) => error) as Promise<{ code: string }>;
  expect((await rejection(ours.call("ask", { name: "hang" }))).code).toBe("UNKNOWN_FUNCTION");
  expect(await theirs.call("ask", { name: "where" })).toBe("worker"); // after the one that hangs
  await worker.terminate();
  expect(["RUNTIME_CLOSED", "CANCELLED"]).toContain((await hanging).code);
  await until(runtime, { lanes: 1, handles: 2 });
  expect(await ours.call("ask", { name: "where" })).toBe("main");
});

async function until(runtime: Runtime, wanted: Record<string, number>): Promise<void> {
  const isThere = (): boolean => {
    const stats = runtime.stats();
    return Object.entries(wanted).every(([name, value]) => stats[name] === value);
  };
  // The drain says how many lanes it has when it next writes; a call makes it do that.
  for (; !isThere(); await new Promise((resolve) => setTimeout(resolve, 5)))
    await runtime.extension(pulse).call("echo");
}

let pulse: { id: string; handle: { index: number; generation: number } };

async function openWithPulse(options = {}): Promise<Runtime> {
  const runtime = await openForTest(options);
  pulse = (await runtime.start("echo/pulse")).share();
  return runtime;
}

test("an instance is shared between lanes by its handle, and is gone for all when one shuts it down", async () => {
  const runtime = await openWithPulse();
  const extension = await runtime.start("echo/shared");
  const first = await workerOn(runtime.share());
  const second = await workerOn(runtime.share());
  for (const { tell } of [first, second]) await tell("use", extension.share());
  const all = [first, second].map(({ tell }) => tell("echo", ["echo/shared", 20_000]));
  const here = Array.from({ length: 5_000 }, (_, index) => extension.call("echo", pattern(4, index)));
  expect(await Promise.all(all)).toEqual([0, 0]);
  expect(await Promise.all(here)).toEqual(here.map((_, index) => pattern(4, index)));
  expect(runtime.stats()).toMatchObject({ lanes: 3, handles: 2 });
  await first.tell("shutdown", "echo/shared");
  const code = "SHUT_DOWN";
  await expect(second.tell("call", ["echo/shared", "echo"])).rejects.toMatchObject({ code });
  expect((await rejection(extension.call("echo"))).code).toBe(code);
  for (const { tell } of [first, second]) expect(await tell("stats")).toMatchObject({ safetyTimerHits: 0 });
});

test("a lane that is closed ends its own instances, and no others", async () => {
  const runtime = await openWithPulse();
  const { tell } = await workerOn(runtime.share());
  const started = (await tell("start", "echo/theirs")) as never;
  const theirs = runtime.extension(started);
  expect(await theirs.call("echo", pattern(30))).toEqual(pattern(30));
  expect(runtime.stats().handles).toBe(2);
  const slow = rejection(runtime.extension((await tell("start", "misbehaving/slow")) as never).call("act", "hang"));
  await tell("close");
  expect((await slow).code, "it ends with its instance").toBe("CANCELLED");
  await until(runtime, { handles: 1, lanes: 1 });
  expect((await rejection(theirs.call("echo"))).code).toBe("SHUT_DOWN");
  await expect(tell("call", ["echo/theirs", "echo"])).rejects.toMatchObject({ code: "RUNTIME_CLOSED" });
});

test("calls of another lane end with the instance that they are of", async () => {
  const runtime = await openWithPulse();
  const extension = await runtime.start("misbehaving/all");
  const lane = await attach(runtime.share());
  const hung = rejection(lane.extension(extension.share()).call("act", "hang"));
  await until(lane, { rustRunning: 1 });
  await extension.shutdown({ deadline: 200 });
  expect(await Promise.race([hung, new Promise((resolve) => setTimeout(resolve, 2_000))])).toMatchObject({
    code: "CANCELLED",
  });
  await lane.close();
});

test("a worker that is terminated has its calls cancelled and its instances ended; other lanes go on", async () => {
  const runtime = await openWithPulse();
  const extension = await runtime.start("misbehaving/all");
  const counters = async (): Promise<{ began: number; dropped: number }> =>
    (await extension.call("counters")) as { began: number; dropped: number };
  const { worker, tell } = await workerOn(runtime.share());
  await tell("use", extension.share());
  await tell("start", "misbehaving/theirs");
  await tell("hang", ["misbehaving/all", 200]);
  await tell("hang", ["misbehaving/theirs", 100]);
  await tell("call", ["misbehaving/all", "echo", pattern(3)]);
  await worker.terminate();
  await until(runtime, { handles: 2, lanes: 1 });
  expect(await counters()).toMatchObject({ dropped: 200 });
  expect(await extension.call("echo", pattern(3))).toEqual(pattern(3));
});

test("a runtime that closes ends every lane, and says so to each", async () => {
  const runtime = await openWithPulse();
  const { tell } = await workerOn(runtime.share());
  await tell("start", "misbehaving/a");
  const hung = tell("call", ["misbehaving/a", "act", "hang"]).catch((error: { code: string }) => error.code);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await runtime.close({ grace: 200 });
  expect(await hung).toBe("RUNTIME_CLOSED");
  await expect(tell("start", "echo/late")).rejects.toMatchObject({ code: "RUNTIME_CLOSED" });
  expect(() => runtime.share()).toThrow("the runtime is closed");
});

test("lanes are limited, and a freed one can be taken again", async () => {
  const runtime = await openWithPulse({ lanes: 2 });
  const shared = runtime.share();
  const lane = await attach(shared);
  const error = await rejection(attach(shared));
  expect(error).toMatchObject({ code: "LANES_EXHAUSTED", retryable: true });
  expect(error.message).toBe("all 2 lanes of the runtime are taken: open it with a higher `lanes`");
  await lane.close();
  await until(runtime, { lanes: 1 });
  const next = await attach(shared);
  expect(await next.extension(pulse).call("echo", pattern(2))).toEqual(pattern(2));
  await next.close();
});

test("lanes of one thread, and statuses and logs of what each has started", async () => {
  const reports: string[] = [];
  const lines: string[] = [];
  const note = (where: string) => (_: object, text?: string) => void lines.push(`${where}: ${text}`);
  const logger = (where: string) => ({ debug: note(where), info: note(where), warn: note(where), error: note(where) });
  const runtime = await openForTest({ logger: logger("first") });
  const lane = await attach(runtime.share(), {
    logger: logger("second"),
    onStatus: ({ componentId }) => reports.push(componentId),
  });
  const here = await runtime.start("misbehaving/here");
  const there = await lane.start("misbehaving/there", { report: "unwell" });
  await here.call("log", "one");
  await there.call("log", "two");
  expect(lines.filter((line) => line.endsWith("one"))).toEqual(["first: one"]);
  expect(lines.filter((line) => line.endsWith("two"))).toEqual(["second: two"]);
  expect(reports).toContain("misbehaving/there");
  await lane.close();
  expect(await here.call("echo", pattern(1))).toEqual(pattern(1));
});

test.each([
  [undefined, "attach takes what a runtime's share() gave"],
  [{ library: "/x", lane: "1", process: process.pid }, "attach takes what a runtime's share() gave"],
  [{ library: "/x", lane: 1, process: 1 }, "the runtime was opened by process 1"],
])("what %j attaches to", async (shared, message) => {
  expect((await rejection(attach(shared as never))).message).toContain(message);
});

test("a lane cannot be attached to a runtime that has closed, nor take over what no extension shared", async () => {
  const runtime = await openForTest();
  const shared = runtime.share();
  expect(() => runtime.extension({} as never)).toThrow("extension takes what an extension's share() gave");
  expect(() => runtime.extension({ id: "nope", handle: { index: 0, generation: 1 } })).toThrow('no type "nope"');
  await runtime.close();
  expect((await rejection(attach(shared))).code).toBe("RUNTIME_CLOSED");
});
