/** Streams of typed clients, in both directions: windows, ends, errors, and what is left behind. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { open, PanicError, type Runtime } from "../../dist/index.js";
import { NEAR_WRAP, rejection, testLibrary } from "../support/runtime.ts";
import { loadTyped, Project } from "../support/typed.ts";

const project = new Project();
// biome-ignore lint/suspicious/noExplicitAny: generated
let client: any;
let runtime: Runtime;
// biome-ignore lint/suspicious/noExplicitAny: generated
let typed: any;

beforeAll(async () => {
  client = await loadTyped(project);
  runtime = await open(testLibrary, NEAR_WRAP);
});

afterAll(async () => {
  await runtime.close();
  project.remove();
});

async function fresh(): Promise<void> {
  typed = await runtime.start(client.Typed, {});
}

async function ended(): Promise<void> {
  await typed.shutdown();
  while ((runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(runtime.stats()).toMatchObject({ handles: 0, inFlight: 0, waiting: 0 });
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test("a stream brings its items in order, however many, and ends in Rust as well", async () => {
  await fresh();
  for (const count of [0, 1, 15, 16, 17, 1_000]) {
    expect(await collect(typed.count(count))).toEqual(Array.from({ length: count }, (_, index) => index));
  }
  expect(await typed.produced()).toEqual([1_049, 6]);
  await ended();
});

test("a panic in a stream names the method that opened it, and where in Rust it was", async () => {
  await fresh();
  const error = await rejection(collect(typed.breaks()));
  expect(error).toBeInstanceOf(PanicError);
  expect(error).toMatchObject({ code: "PANICKED", componentId: "typed", method: "breaks" });
  expect(error.location).toMatch(/typed\.rs:\d+:\d+$/);
  await ended();
});

test("Rust makes a window ahead of its reader, and no more", async () => {
  await fresh();
  const stream = typed.count(1_000);
  expect(await typed.produced()).toEqual([0, 0]);
  expect(await stream.next()).toEqual({ done: false, value: 0 });
  const [made] = await typed.produced();
  expect(made).toBeLessThanOrEqual(17);
  await new Promise((resolve) => setImmediate(resolve));
  expect((await typed.produced())[0]).toBe(made);
  await stream.return();
  expect(await typed.produced()).toEqual([made, 1]);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await ended();
});

test("leaving the loop drops the stream in Rust at once", async () => {
  await fresh();
  for await (const item of typed.count(1_000)) if (item === 3) break;
  expect((await typed.produced())[1]).toBe(1);
  const silence = typed.silence();
  const waiting = silence.next();
  while ((runtime.stats().inFlight ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  await typed.len();
  await silence.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect((await typed.produced())[1]).toBe(2);
  await ended();
});

test("an error comes after the items before it, of its class, with the method that was called", async () => {
  await fresh();
  const found: unknown[] = [];
  const error = await rejection(
    (async () => {
      for await (const item of typed.count(100, 20)) found.push(item);
    })(),
  );
  expect(found).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(error).toBeInstanceOf(client.TypedFullError);
  expect(error).toMatchObject({ code: "FULL", method: "count" });
  expect((await rejection(collect(typed.chunks(1, 0)))).code).toBe("FULL");
  await ended();
});

test("an abort ends the stream on both sides, also while nobody reads", async () => {
  await fresh();
  const controller = new AbortController();
  const stream = typed.silence({ signal: controller.signal });
  const waiting = rejection(stream.next());
  while ((runtime.stats().inFlight ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  // What was answered before the first of these opened the stream; before the second, Rust was asked for items.
  await typed.len();
  await typed.len();
  controller.abort(new Error("enough"));
  expect(await waiting).toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
  const idle = new AbortController();
  const reading = typed.count(1_000, null, { signal: idle.signal });
  await reading.next();
  idle.abort();
  expect((await rejection(reading.next())).code).toBe("ABORTED");
  expect((await typed.produced())[1]).toBe(2);
  await ended();
});

test("long items come in answers that fit", async () => {
  await fresh();
  const chunks = (await collect(typed.chunks(3 * 2 ** 20, 20))) as Uint8Array[];
  expect(chunks.map(({ length }) => length)).toEqual(Array.from({ length: 20 }, () => 3 * 2 ** 20));
  expect(chunks.map(([first]) => first)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  await ended();
});

test("a shutdown ends streams with an error that says so, and does not wait for them", async () => {
  await fresh();
  const stream = typed.silence();
  const waiting = rejection(stream.next());
  while ((runtime.stats().inFlight ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  await typed.len();
  await ended();
  expect(await waiting).toMatchObject({ code: "SHUT_DOWN" });
});

test("an iterator that nobody has any more ends its stream", async () => {
  await fresh();
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  await (async () => {
    await typed.count(1_000).next();
  })();
  while ((await typed.produced())[1] === 0) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended();
});

test("requests for items are answered in their order", async () => {
  await fresh();
  const stream = typed.count(40);
  const all = await Promise.all(Array.from({ length: 42 }, () => stream.next()));
  const values = all.map(({ done, value }) => (done ? "done" : value));
  expect(values).toEqual([...Array.from({ length: 40 }, (_, index) => index), "done", "done"]);
  await ended();
});
