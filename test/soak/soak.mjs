// One soak, with the options that `run.mjs` has read.
//
//   main thread   opens the runtime, has the first lane, shares two instances, watches
//   workers       attach, and have a lane each
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { open } from "../../dist/index.js";
import { guarded } from "./guard.mjs";
import { Load } from "./load.mjs";
import { Random } from "./random.mjs";

const { seed, count, lanes } = guarded();
console.log(`seed ${seed}, ${grouped(count)} calls over ${lanes} lanes`);

/** No call of any lane settles for so long: something is lost. */
const STALL_MS = 60_000;
/** And all of it may take so long: at least 2,500 calls in a second. */
const LIMIT_MS = 120_000 + count / 2.5;
/** Calls from which on the growth of memory is judged: below it, what is seen is the heaps' warming up. */
const JUDGED_FROM = 1_000_000;
/** What the least RSS of the last quarter may be above the least of the first, its warming up left out. */
const GROWTH_MAX = 96 * 2 ** 20;
const WARM = 0.1;

const native = new URL("../../dist/native/", import.meta.url);
const libraries = JSON.parse(readFileSync(new URL("libraries.json", native), "utf8"));
const library = new URL(libraries["ferrule-test-extensions"].file, native).pathname;
/** Every counter wraps under way. */
const first = { firstCursor: 2 ** 32 - 5_000, firstByteCursor: 2 ** 32 - 2 ** 20, firstGeneration: 2 ** 32 - 500 };

const runtime = await open(library, { ...first, lanes });
const sharedOnes = await Promise.all(["echo/shared", "misbehaving/shared"].map((id) => runtime.start(id)));
const handlesBefore = runtime.stats().handles;
const progress = new SharedArrayBuffer(lanes * 4);
const settled = new Int32Array(progress);

const begun = performance.now();
const share = (row) => Math.floor(count / lanes) + (row < count % lanes ? 1 : 0);
const instances = sharedOnes.map((extension) => extension.share());
const workers = Array.from({ length: lanes - 1 }, (_, index) => startWorker(index + 1));
const load = new Load(runtime, {
  row: 0,
  count: share(0),
  random: new Random(seed),
  shared: instances,
  onSettled: (number) => Atomics.store(settled, 0, number),
});
const samples = [];
let nextStep = 1;
const watching = setInterval(watch, 100);

let books = [];
try {
  books = await Promise.all([load.run(), ...workers.map(({ books }) => books)]);
} catch (error) {
  await fail(error.message);
}
watch();
clearInterval(watching);
const seconds = (performance.now() - begun) / 1_000;

for (const { worker, ended } of workers) {
  worker.postMessage({ what: "close" });
  await ended;
}
const wrong = books.flatMap(({ row, wrong }) => wrong.map((text) => `lane ${row}: ${text}`));
await untilStats({ lanes: 1, handles: handlesBefore });
for (const extension of sharedOnes) await extension.shutdown();
await untilStats({ handles: 0 });
const { safetyTimerHits } = runtime.stats();
if (safetyTimerHits !== 0) wrong.push(`safetyTimerHits of the first lane, with the ends: ${safetyTimerHits}`);
await runtime.close();
const growth = judgeMemory();
summary();
if (wrong.length > 0) await fail(wrong.join("; "));
console.log("every answer was right, every promise settled once, and both sides agree");
process.exit(0);

// ---- parts ----

function startWorker(row) {
  const workerData = { shared: runtime.share(), first, row, count: share(row), seed, instances, progress };
  const worker = new Worker(new URL("lane.mjs", import.meta.url), { workerData });
  const ended = new Promise((resolve) => worker.on("exit", resolve));
  let onState = () => {};
  const books = new Promise((resolve, reject) => {
    worker.on("message", ({ books, failure, state }) => {
      if (state !== undefined) onState(state);
      if (failure !== undefined) reject(new Error(failure));
      if (books !== undefined) resolve(books);
    });
    worker.on("error", (error) => reject(new Error(`the worker of lane ${row} failed: ${error.stack}`)));
    worker.on("exit", (code) => reject(new Error(`the worker of lane ${row} ended with ${code}`)));
  });
  const state = () =>
    new Promise((resolve) => {
      onState = resolve;
      worker.postMessage({ what: "state" });
      setTimeout(resolve, 3_000, { row, state: "the thread does not answer" });
    });
  return { worker, books, ended, state };
}

/** Ten times a second: memory, progress, and whether there is any. */
function watch() {
  const now = performance.now();
  const done = settled.reduce((sum, number) => sum + number, 0);
  const previous = samples.at(-1);
  const since = previous?.done === done ? previous.since : now;
  samples.push({ part: done / count, done, since, rss: process.memoryUsage.rss() });
  for (; nextStep <= 10 && done >= (count * nextStep) / 10; nextStep++) {
    if (done < (count * (nextStep + 1)) / 10 || nextStep === 10) report(nextStep * 10, done, now);
  }
  if (done < count && now - since > STALL_MS) void fail(`no call has settled for ${STALL_MS} ms`);
  if (now - begun > LIMIT_MS) void fail(`it is not over after ${Math.round(LIMIT_MS / 1_000)} s`);
}

function report(percent, done, now) {
  const rate = Math.round(done / ((now - begun) / 1_000));
  const [rss, place] = [samples.at(-1).rss, `${percent} %`.padStart(5)];
  console.log(
    `${place}  ${grouped(done).padStart(12)} calls  ${grouped(rate).padStart(8)} a second  ${mebibytes(rss)}`,
  );
}

function judgeMemory() {
  const least = (from, to) =>
    Math.min(...samples.filter(({ part }) => part >= from && part <= to).map(({ rss }) => rss));
  const [early, late] = [least(WARM, 0.25), least(0.75, 1)];
  if (count >= JUDGED_FROM && late - early > GROWTH_MAX) {
    wrong.push(`memory grew from ${mebibytes(early)} in the first quarter to ${mebibytes(late)} in the last`);
  }
  return { early, late };
}

async function untilStats(wanted) {
  const differs = () => Object.entries(wanted).filter(([name, value]) => runtime.stats()[name] !== value);
  for (let left = 500; left > 0 && differs().length > 0; left--) {
    // The drain says how things stand when it next does something.
    await runtime.start("echo/look").then((extension) => extension.shutdown());
    await delay(10);
  }
  wrong.push(...differs().map(([name, value]) => `${name}: ${runtime.stats()[name]}, not ${value}`));
}

function summary() {
  const sum = (pick) => {
    const sums = {};
    for (const each of books)
      for (const [name, value] of Object.entries(pick(each))) sums[name] = (sums[name] ?? 0) + value;
    return sums;
  };
  const items = books.reduce((sum, { items }) => sum + items, 0);
  const bytes = books.reduce((sum, { bytes }) => sum + bytes, 0);
  const shown = [
    "calls",
    "settled",
    "abandoned",
    "fullWaits",
    "parks",
    "wakes",
    "rustWakes",
    "rustByteWaits",
    "cancels",
  ];
  console.log(`kinds ${JSON.stringify(sum(({ kinds }) => kinds))}`);
  console.log(`ends ${JSON.stringify(sum(({ ledger }) => ledger))}`);
  console.log(`instances ${JSON.stringify(sum(({ starts }) => starts))}`);
  for (const { row, stats } of books) {
    console.log(`lane ${row} ${JSON.stringify(Object.fromEntries(shown.map((name) => [name, stats[name]])))}`);
  }
  console.log(
    `${grouped(count)} calls and ${grouped(items)} items of batches, ${mebibytes(bytes)} of payloads ` +
      `in ${seconds.toFixed(1)} s: ${grouped(Math.round(count / seconds))} calls a second; ` +
      `RSS ${mebibytes(growth.early)} in the first quarter, ${mebibytes(growth.late)} in the last`,
  );
}

async function fail(text) {
  clearInterval(watching);
  console.error(`seed ${seed}: ${text}`);
  const states = await Promise.all([load.state(), ...workers.map(({ state }) => state())]);
  for (const state of states) console.error(JSON.stringify(state));
  process.exit(1);
}

function grouped(number) {
  return number.toLocaleString("en");
}

function mebibytes(bytes) {
  return Number.isFinite(bytes) ? `${Math.round(bytes / 2 ** 20)} MiB` : "unknown";
}
