/** Lanes in a pool of threads, as its users have it. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { Runtime } from "../../dist/index.js";
import { openForTest } from "../support/runtime.ts";

const TASK = fileURLToPath(new URL("../threads/task.mjs", import.meta.url));

interface Threads {
  run(task: object): Promise<unknown>;
  destroy(): Promise<void>;
}

/** Its own types do not hold with `exactOptionalPropertyTypes`. */
const { Piscina } = createRequire(import.meta.url)("piscina") as { Piscina: new (options: object) => Threads };

interface Pool {
  readonly runtime: Runtime;
  readonly pool: Threads;
  /** Runs the task of that number: checked calls of every kind. */
  readonly run: (number: number, more?: object) => Promise<unknown>;
}

/** A pool whose threads attach in their first task. */
async function openPool(): Promise<Pool> {
  const runtime = await openForTest();
  const extensions = [await runtime.start("echo/shared"), await runtime.start("misbehaving/shared")];
  const workerData = { shared: runtime.share(), instances: extensions.map((extension) => extension.share()) };
  const pool = new Piscina({ filename: TASK, minThreads: 2, maxThreads: 2, atomics: "disabled", workerData });
  onTestFinished(() => pool.destroy());
  return { runtime, pool, run: (number, more = {}) => pool.run({ seed: 1, number, ...more }) };
}

/** The drain says how many lanes it has when it next does something. */
async function lanesAre(runtime: Runtime, lanes: number): Promise<void> {
  do {
    await runtime.start("echo/look").then((extension) => extension.shutdown());
  } while (runtime.stats().lanes !== lanes);
}

test("tasks of a pool call a shared instance, over a lane for each thread, and its end gives them back", async () => {
  const { runtime, pool, run } = await openPool();
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  expect(await Promise.all(numbers.map((number) => run(number)))).toEqual(numbers);
  await lanesAre(runtime, 3);
  await pool.destroy();
  await lanesAre(runtime, 1);
  expect(runtime.stats()).toMatchObject({ handles: 2, safetyTimerHits: 0 });
});

test("a pool that is destroyed under tasks leaves no lane, and no call", async () => {
  const { runtime, pool, run } = await openPool();
  await Promise.all([run(0), run(1)]); // the threads are up, each with its lane
  const ends = Promise.allSettled(Array.from({ length: 10 }, (_, number) => run(number + 2, { hang: true })));
  await lanesAre(runtime, 3);
  await pool.destroy();
  const texts = (await ends).map((end) => (end.status === "rejected" ? (end.reason as Error).message : "answered"));
  expect(new Set(texts)).toEqual(new Set(["Terminating worker thread"]));
  await lanesAre(runtime, 1);
  expect(runtime.stats()).toMatchObject({ handles: 2, rustRunning: 0 });
});
