// One round: a worker, or a pool of them, that ends at a random moment, in a random way.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { newShield } from "./shield.mjs";

const VICTIM = new URL("victim.mjs", import.meta.url);
const TASK = fileURLToPath(new URL("task.mjs", import.meta.url));
const WORKS = [
  ["quick", "slow", "full", "large", "batches", "values", "blocking", "sync", "syncSlow", "writes", "aborts"],
  ["starts", "instances", "attaches", "closes"],
].flat();
/** How a worker ends: most are terminated. */
const ENDS = ["terminate", "terminate", "terminate", "terminate", "end", "close", "exit", "throw"];
/** After what it is terminated. */
const MOMENTS = ["spawned", "attaching", "attached", "working", "working", "working"];
/** A worker that ends by itself does so within this. */
const END_MS = 60_000;

/** What the round of that number does; it hangs on the seed and the number alone. */
export function planOf(random, number, pool) {
  const draw = random.at(1, number);
  const isPool = pool === "piscina" || (pool === "both" && draw.oneIn(4));
  if (isPool) {
    const tasks = 2 + draw.below(30);
    const delay = draw.magnitude(300) - 1;
    const [end, size] = [draw.pick(["destroy", "destroy", "drain", "close"]), 1 + draw.below(3)];
    const keeps = draw.oneIn(2); // threads without a task, for the next
    const marks = Array.from({ length: tasks }, () => ({
      hang: end === "destroy" && draw.oneIn(5),
      own: draw.oneIn(4),
      abortAfter: draw.oneIn(8) ? draw.below(60) : undefined,
    }));
    return { number, kind: "pool", size, keeps, end, delay, marks };
  }
  const end = draw.pick(ENDS);
  const work = Array.from({ length: 1 + draw.below(3) }, () => draw.pick(WORKS));
  const moment = draw.pick(MOMENTS);
  return { number, kind: "thread", size: 1, end, work, moment, delay: (draw.magnitude(60_000) - 1) / 1_000 };
}

/** @param given what the workers attach to: `{ shared, instances, seed }`, and whether they are shielded */
export function run(plan, { isShielded, ...given }) {
  const data = { ...given, ...(isShielded ? { shield: newShield() } : {}) };
  return plan.kind === "pool" ? runPool(plan, data) : runThread(plan, data);
}

async function runThread({ number, work, end, moment, delay }, given) {
  const worker = new Worker(VICTIM, { workerData: { ...given, number, work, end } });
  const exited = once(worker, "exit");
  exited.catch(() => {}); // an error comes first
  let failure;
  let thrown = 0;
  let reached = () => {};
  const there = new Promise((resolve) => {
    reached = resolve;
  });
  worker.on("message", ({ what, text }) => {
    if (what === "failure") failure = text;
    if (what === moment) reached();
  });
  worker.on("error", (error) => {
    thrown++;
    if (end !== "throw" || error.message !== "told to throw") failure ??= error.stack ?? String(error);
  });
  const gone = new Promise((resolve) => worker.on("exit", resolve));
  if (moment === "spawned") reached();
  if (end === "terminate") {
    await Promise.race([there, gone]);
    await pause(delay);
    await worker.terminate();
  }
  const code = await within(gone, END_MS, "a worker did not end by itself");
  if (failure !== undefined) throw new Error(failure);
  const isExpected = end === "terminate" || (end === "throw" ? code === 1 : code === 0);
  if (!isExpected) throw new Error(`a worker that was to ${end} ended with code ${code}, ${thrown} errors`);
}

async function runPool({ number, size, keeps, end, delay, marks }, given) {
  const { Piscina } = await import("piscina"); // late, so that it finds the Worker that the shield has put there
  const pool = new Piscina({
    filename: TASK,
    minThreads: 0, // with more, piscina 5.3.2 replaces a thread of an aborted task even in a pool that is destroyed
    maxThreads: size,
    idleTimeout: keeps ? Number.POSITIVE_INFINITY : 0,
    atomics: "disabled",
    workerData: given,
  });
  const failures = [];
  const timers = [];
  pool.on("error", (error) => failures.push(error));
  const tasks = marks.map(({ abortAfter, ...mark }, index) => {
    const controller = new AbortController();
    if (abortAfter !== undefined) timers.push(setTimeout(() => controller.abort(), abortAfter));
    const task = { seed: given.seed, number: number * 100 + index, ...mark };
    return pool.run(task, { signal: controller.signal }).then(
      (answer) => {
        if (answer !== task.number) failures.push(new Error(`task ${task.number} answered ${answer}`));
      },
      (error) => {
        const aborted = abortAfter !== undefined && error.name === "AbortError";
        const ended = end === "destroy" && /^Terminating worker thread/.test(error.message);
        if (!aborted && !ended) failures.push(error);
      },
    );
  });
  if (end === "destroy") await pause(delay);
  else await Promise.all(tasks);
  for (const timer of timers) clearTimeout(timer);
  // Not with tasks under way: piscina 5.3.2 may spin for ever then, asking for threads that a closing pool refuses.
  if (end === "close") await pool.close();
  else await pool.destroy();
  await within(Promise.all(tasks), END_MS, "tasks of a pool did not settle");
  if (failures.length > 0) throw new Error(failures[0].stack);
}

/** To fractions of a millisecond: that is how close together the steps of a worker are. */
async function pause(milliseconds) {
  const until = performance.now() + milliseconds;
  if (milliseconds > 3) await delay(milliseconds - 2);
  while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
}

async function within(promise, milliseconds, text) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${text} within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
