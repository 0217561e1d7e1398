// The proof that ends of workers concern nobody else, with the options that `run.mjs` has read.
//
//   main thread   opens the runtime, makes checked calls on the first lane, starts the rounds, counts what is left
//   steady        a worker with a lane, which makes checked calls from the first round to the last
//   victims       up to six workers at once; each ends at a random moment
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { open } from "../../dist/index.js";
import { guarded } from "../soak/guard.mjs";
import { Random } from "../soak/random.mjs";
import { census } from "./census.mjs";
import { SteadyCalls } from "./checked.mjs";
import { planOf, run } from "./rounds.mjs";
import { shieldTerminations } from "./shield.mjs";

/** Workers alive at once, the steady one not counted. */
const ALIVE_MAX = 6;
/** Rounds after which all are let end, and what is left is counted. */
const CHAPTER = 25;
/** How long the last end may take: a lane whose thread has gone gives its instances five seconds. */
const SETTLE_MS = 15_000;
/** Threads that tokio keeps for steps and blocking calls end after ten seconds without work. */
const STEPS_MS = 20_000;
/** The least RSS at the end of the last chapters may be so far above the first's: heaps come and go with workers. */
const GROWTH_MAX = 96 * 2 ** 20;

const { seed, count, pool, shield } = guarded();
const isShielded = shield === "on";
if (isShielded) shieldTerminations();
const CHAPTERS_JUDGED = 8;
console.log(`seed ${seed}, ${count} rounds of ${pool}`);

const native = new URL("../../dist/native/", import.meta.url);
const libraries = JSON.parse(readFileSync(new URL("libraries.json", native), "utf8"));
const library = new URL(libraries["ferrule-test-extensions"].file, native).pathname;
const runtime = await open(library, { lanes: 32 });
const sharedOnes = await Promise.all(["echo/shared", "misbehaving/shared"].map((id) => runtime.start(id)));
const given = {
  shared: runtime.share(),
  instances: sharedOnes.map((extension) => extension.share()),
  seed,
  isShielded,
};
const random = new Random(seed);

const steady = startSteady();
const here = new SteadyCalls(new Random(seed).at(5, 0), ...sharedOnes);
const hereEnds = here.run().catch((error) => fail(`the main lane: ${error.stack}`));
const begun = performance.now();
let first;
const alive = new Map();
const counts = {};

// What a process makes once, it makes before it is counted: libuv's own threads, the first worker of each kind.
await Promise.all(Array.from({ length: 16 }, () => stat(library)));
for (const kind of ["threads", "piscina"]) {
  if (pool === "both" || pool === kind) await runRound(planOf(new Random(0), 0, kind));
}
first = await untilQuiet();
console.log(`at the start ${textOf(first)}`);
const chapters = [first];
for (let number = 0; number < count; ) {
  const end = Math.min(count, number + CHAPTER);
  await runChapter(number, end);
  number = end;
  const now = await untilQuiet();
  chapters.push(now);
  console.log(`after ${number} rounds ${textOf(now)}`);
  for (const what of ["descriptors", "threads", "mappings"]) {
    if (now[what] > first[what]) await fail(`${what}: ${now[what]} after ${number} rounds, ${first[what]} before`);
  }
}
const seconds = (performance.now() - begun) / 1_000;

here.stop();
steady.worker.postMessage({ what: "stop" });
const [theirs] = await Promise.all([steady.books, hereEnds]);
await steady.ended;
const stats = await untilStats({ lanes: 1, handles: 2 });
for (const [whose, { safetyTimerHits }] of [
  ["main", stats],
  ["steady", theirs.stats],
]) {
  if (safetyTimerHits !== 0) await fail(`safetyTimerHits of the ${whose} lane: ${safetyTimerHits}`);
}
if (here.answered === 0 || theirs.answered === 0) await fail("a steady lane had no answers");
if (count >= CHAPTER) await untilStepThreadsEnd();
judgeMemory();
for (const extension of sharedOnes) await extension.shutdown();
await runtime.close();
console.log(`rounds ${JSON.stringify(counts)}`);
console.log(
  `${count} rounds in ${seconds.toFixed(1)} s; meanwhile ${here.answered} answers on the main lane, the slowest after ` +
    `${here.slowest.toFixed(0)} ms, and ${theirs.answered} on the steady worker's, ${theirs.slowest.toFixed(0)} ms`,
);
console.log("nothing is left of any, and the other lanes were answered");
process.exit(0);

// ---- parts ----

function startSteady() {
  const worker = new Worker(new URL("steady.mjs", import.meta.url), { workerData: given });
  const ended = new Promise((resolve) => worker.on("exit", resolve));
  const books = new Promise((resolve) => {
    worker.on("message", ({ books, failure }) => {
      if (books !== undefined) resolve(books);
      if (failure !== undefined) void fail(`the steady lane: ${failure}`);
    });
    worker.on("error", (error) => void fail(`the steady worker: ${error.stack}`));
  });
  return { worker, ended, books };
}

/** Rounds side by side, as far as the number of workers allows. */
async function runChapter(from, to) {
  let number = from;
  let free = ALIVE_MAX;
  const running = new Set();
  while (number < to || running.size > 0) {
    const plan = number < to ? planOf(random, number, pool) : undefined;
    if (plan === undefined || plan.size > free) {
      await Promise.race(running);
      continue;
    }
    number++;
    free -= plan.size;
    const round = runRound(plan).finally(() => {
      free += plan.size;
      running.delete(round);
    });
    running.add(round);
  }
}

async function runRound(plan) {
  const name = plan.kind === "pool" ? `pool ${plan.end}` : plan.end;
  counts[name] = (counts[name] ?? 0) + 1;
  alive.set(plan.number, plan);
  try {
    await run(plan, given);
  } catch (error) {
    await fail(`round ${plan.number} (${JSON.stringify(plan)}): ${error.stack}`);
  }
  alive.delete(plan.number);
}

/** When no lane and no handle of those that ended is left, what does the process hold? */
async function untilQuiet() {
  await untilStats({ lanes: 2, handles: 2 });
  // Sockets and threads end a moment after the lanes that they belonged to.
  let [now, left] = [census(), 100];
  const isMore = (what) => first !== undefined && now[what] > first[what];
  while (["descriptors", "threads", "mappings"].some(isMore) && left-- > 0) {
    await delay(50);
    now = census();
  }
  return now;
}

async function untilStats(wanted) {
  const until = performance.now() + SETTLE_MS;
  const differs = (stats) => Object.entries(wanted).some(([name, value]) => stats[name] !== value);
  for (;;) {
    // The drain says how things stand when it next does something.
    await sharedOnes[0].call("echo");
    const stats = runtime.stats();
    if (!differs(stats)) return stats;
    if (performance.now() > until) {
      await fail(
        `${JSON.stringify(wanted)} was to come within ${SETTLE_MS} ms: lanes ${stats.lanes}, handles ${stats.handles}`,
      );
    }
    await delay(10);
  }
}

async function untilStepThreadsEnd() {
  const until = performance.now() + STEPS_MS;
  const most = Math.max(first.stepThreads, 2);
  for (let now = census(); now.stepThreads > most; now = census()) {
    if (performance.now() > until) await fail(`${now.stepThreads} threads of steps are left, ${most} before`);
    await delay(100);
  }
}

function judgeMemory() {
  if (chapters.length < CHAPTERS_JUDGED) return;
  const least = (some) => Math.min(...some.map(({ rss }) => rss));
  const quarter = Math.floor(chapters.length / 4);
  // The first quarter brings up what stays: threads of steps, and their heaps.
  const [early, late] = [least(chapters.slice(1 + quarter, 1 + 2 * quarter)), least(chapters.slice(-quarter))];
  console.log(`RSS ${mebibytes(early)} in the second quarter, ${mebibytes(late)} in the last`);
  if (late - early > GROWTH_MAX) void fail(`memory grew from ${mebibytes(early)} to ${mebibytes(late)}`);
}

function textOf({ descriptors, threads, stepThreads, mappings, rss }) {
  const sum = `${descriptors} descriptors, ${threads} threads and ${stepThreads} of steps, ${mappings} mappings`;
  return `${sum}, ${mebibytes(rss)}, ${((performance.now() - begun) / 1_000).toFixed(0)} s`;
}

function mebibytes(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

async function fail(text) {
  console.error(`seed ${seed}: ${text}`);
  console.error(`alive ${JSON.stringify([...alive.values()])}`);
  console.error(`now ${JSON.stringify(census())}`);
  console.error(`main lane ${JSON.stringify(runtime.stats())}`);
  process.exit(1);
}
