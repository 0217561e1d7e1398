// The proof that services start and stop extensions in order, with the options that `run.mjs` has read.
import { ComponentId, Service } from "../../dist/index.js";
import { guarded } from "../soak/guard.mjs";
import { Random } from "../soak/random.mjs";
import { Watched } from "../support/watched.mjs";
import { isRust, lifeOf, orderOf, textOf } from "./model.mjs";
import { graphOf } from "./plan.mjs";

const { seed, count, extensions, failing } = guarded();
const each = Math.min(failing, extensions);
console.log(`seed ${seed}, ${count} graphs of ${extensions} extensions, ${each} of them failing at each step`);

/** An extension in TypeScript that fails where it is told to, and takes a turn for each step. */
const scripted = {
  type: "scripted",
  stability: "Stable",
  createDefaultConfig: () => ({ needs: [], create: "", start: "", shutdown: "" }),
  dependencies: ({ needs }) => needs.map((id) => ComponentId.parse(id)),
  create: ({ id }, { create, start, shutdown }) => {
    tell(`create:${id}`);
    if (create !== "") throw new Error(create);
    const step = (name, done, failure) => async () => {
      tell(`${name}:${id}`);
      await null;
      if (failure !== "") throw new Error(failure);
      tell(`${done}:${id}`);
    };
    return {
      start: step("start", "started", start),
      ready: step("ready", "ready done", ""),
      notReady: step("notReady", "notReady done", ""),
      shutdown: step("shutdown", "shutdown done", shutdown),
    };
  },
};

let log = [];
const tell = (event) => log.push(event);
const watched = await Watched.open(tell);
const random = new Random(seed);
const lives = { whole: 0, create: 0, start: 0, shutdown: 0 };
let steps = 0;
const begun = performance.now();
for (let number = 0; number < count; number++) {
  const graph = graphOf(random.at(number, 0), extensions);
  const order = orderOf(graph);
  await live(number, graph, order, "whole", {});
  for (let turn = 0; turn < each; turn++) {
    const failed = `${graph.ids.find((id) => id.endsWith(`/${(number * each + turn) % extensions}`))}`;
    for (const step of ["create", "start", "shutdown"]) {
      // Others that fail to stop: the first error stays first, and all are told.
      const shutdown = new Set([random.pick(graph.ids), random.pick(graph.ids)]);
      const own = step === "shutdown" ? { shutdown: shutdown.add(failed) } : { [step]: new Set([failed]), shutdown };
      await live(number, graph, order, step, own);
    }
  }
  if ((number + 1) % Math.max(1, Math.floor(count / 10)) === 0) report(number + 1);
}
const { handles, safetyTimerHits } = await watched.close();
if (handles !== 0 || safetyTimerHits !== 0) fail(`at the end ${handles} handles, ${safetyTimerHits} wake-ups lost`);
console.log(`lives ${JSON.stringify(lives)}, ${steps.toLocaleString("en")} events compared`);
console.log("each started and stopped in order, each failure was told first and cleaned up, and 0 handles are left");
process.exit(0);

// ---- parts ----

/** One life, compared with what the model says. */
async function live(number, graph, order, kind, failures) {
  lives[kind]++;
  const wanted = lifeOf(graph, order, failures);
  log = [];
  const service = new Service({
    config: configOf(graph, failures, number),
    runtime: watched.runtime,
    factories: [scripted],
    onStatus: ({ id, status }) => tell(`${id}=${status}`),
  });
  const ended = service.run().then(
    () => undefined,
    (error) => error,
  );
  await service
    .start()
    .then(
      () => service.shutdown(),
      () => undefined,
    )
    .catch(() => undefined);
  const error = await ended;
  const where = `graph ${number}, ${kind} ${JSON.stringify(failures, (_, value) => (value instanceof Set ? [...value] : value))}`;
  compare(`${where}: what TypeScript saw`, log, wanted.log);
  compare(`${where}: what Rust saw`, await watched.journal(), wanted.journal);
  if (error?.message !== wanted.error) fail(`${where}: ended with ${error?.message}, not ${wanted.error}`);
  if (error?.componentId !== wanted.componentId)
    fail(`${where}: names ${error?.componentId}, not ${wanted.componentId}`);
  if (service.state !== "Closed" || service.abandoned.length > 0) fail(`${where}: ${service.state} at the end`);
  const left = await watched.left();
  if (left !== undefined) fail(`${where}: ${left}`);
  steps += wanted.log.length + wanted.journal.length;
}

function compare(what, got, wanted) {
  const place = wanted.findIndex((event, index) => event !== got[index]);
  if (place < 0 && got.length === wanted.length) return;
  const at = place < 0 ? wanted.length : place;
  fail(`${what}: event ${at} was to be ${wanted[at]}, and is ${got[at]}, after ${got[at - 1]}`);
}

/** Rust states half of its needs by itself, and the file the rest, so that both ways take part. */
function configOf({ ids, needs }, failures, number) {
  const section = (id) => {
    const act = (step) =>
      failures[step]?.has(id) ? { [step]: isRust(id) ? { fail: textOf(step, id) } : textOf(step, id) } : {};
    const acts = { ...act("create"), ...act("start"), ...act("shutdown") };
    if (!isRust(id)) return { ...acts, needs: needs.get(id) };
    const half = number % 2 === 0 ? "needs" : "depends_on";
    return { ...acts, journal: id, [half]: needs.get(id) };
  };
  return { extensions: Object.fromEntries(ids.map((id) => [id, section(id)])), service: { extensions: ids } };
}

function report(done) {
  const seconds = (performance.now() - begun) / 1_000;
  const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(`${String(done).padStart(8)} graphs  ${seconds.toFixed(1).padStart(7)} s  ${rss} MiB`);
}

function fail(text) {
  console.error(`seed ${seed}: ${text}`);
  process.exit(1);
}
