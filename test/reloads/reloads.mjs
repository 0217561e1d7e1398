// The proof that a reload leaves what a fresh start would, and nothing else, with the options that `run.mjs` has read.
import { isDeepStrictEqual } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defaultProviders, Resolver, Retrieved, Service } from "../../dist/index.js";
import { guarded } from "../soak/guard.mjs";
import { Random } from "../soak/random.mjs";
import { Watched } from "../support/watched.mjs";
import { census } from "../threads/census.mjs";
import { Load } from "./load.mjs";
import { CONFIGS, Diary, partsOf } from "./parts.mjs";

/** How often a run counts what is held: a quarter of these warms up, and the last is held to the second. */
const CHAPTERS = 20;
/** Reloads of a mode from which on growth is judged. */
const JUDGED_FROM = 100;
/** The least of the last quarter may be so far above the least of the second, in bytes. */
const GROWTH_MAX = { rss: 48 * 2 ** 20, heap: 2 ** 20 };

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const { seed, count, mode } = guarded();
const modes = mode === "both" ? ["restart", "checked"] : [mode];
console.log(`seed ${seed}, ${count} reloads, ${modes.join(" and ")}`);

const watched = await Watched.open(() => undefined);
const diary = new Diary();
/** Statuses since the last look. */
let statuses = [];
/** Which of the configurations the sources hold. */
let current = 0;
const fresh = [];
for (const index of CONFIGS.keys()) fresh.push(await portraitOfFresh(index));
for (const reload of modes) await reloadAll(reload);
const { handles, safetyTimerHits } = await watched.close();
if (handles !== 0 || safetyTimerHits !== 0) fail(`at the end ${handles} handles, ${safetyTimerHits} wake-ups lost`);
console.log("each reload left the state of a fresh start, nothing has grown, and 0 handles are left");
process.exit(0);

// ---- parts ----

function serviceOf(reload) {
  const provider = { scheme: "held", retrieve: () => Retrieved.fromYaml(CONFIGS[current]) };
  return new Service({
    config: new Resolver({ uris: ["held:config"], providers: [provider, ...defaultProviders()] }),
    runtime: watched.runtime,
    ...partsOf(diary),
    reload,
    onStatus: ({ instance, status, error }) => statuses.push(`${instance}=${status} ${error?.message ?? ""}`),
  });
}

/** How a service stands that was just started, and what it does at its end. */
async function portraitOfFresh(index) {
  current = index;
  const service = serviceOf("restart");
  await service.start();
  const started = await portraitOf(service);
  await service.shutdown();
  return { started, stopped: await portraitOf(service) };
}

/** All that can be seen of a service, and all that was written down since the last look. */
async function portraitOf(service) {
  const told = { events: diary.take(), statuses, journal: await watched.journal() };
  const { exported } = diary;
  statuses = [];
  diary.exported = 0;
  const extensions = [...service.extensions].map(([id, extension]) => `${id} ${extension.constructor.name}`);
  const hosts = await service.extensions.get("echo/steady")?.handle?.call("echo", Buffer.from("seen"));
  const { state, fatalError, abandoned } = service;
  return { ...told, exported, extensions, answer: String(hosts), state, fatalError, abandoned };
}

async function reloadAll(reload) {
  const random = new Random(seed).at(modes.indexOf(reload), 0);
  current = 0;
  const service = serviceOf(reload);
  await service.start();
  check(`the start, ${reload}`, await portraitOf(service), fresh[0].started);
  const load = new Load(service, random);
  const loading = load.run().catch((error) => fail(`a call, ${reload}: ${error.stack}`));
  const chapters = [];
  const begun = performance.now();
  for (let number = 1; number <= count; number++) {
    const before = current;
    current = 1 - current;
    await service.reload();
    await look(service, `reload ${number}, ${reload}`, before);
    if (Math.floor((number * CHAPTERS) / count) > chapters.length) chapters.push(hold(number));
  }
  const seconds = (performance.now() - begun) / 1_000;
  load.stop();
  await loading;
  await service.shutdown();
  check(`the end, ${reload}`, await portraitOf(service), fresh[current].stopped);
  const left = await watched.left();
  if (left !== undefined) fail(`${reload}: ${left}`);
  const { answered, refused } = load;
  console.log(
    `${reload}: ${count} reloads in ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)} a second; meanwhile ` +
      `${answered.toLocaleString("en")} answers, and refused ${JSON.stringify(refused)}`,
  );
  if (answered < count) fail(`${reload}: only ${answered} calls were answered under way`);
  judge(reload, chapters);
}

/** After a reload: what stopped is what stops at an end, and what stands is what stands after a start. */
async function look(service, where, before) {
  const isEnd = (event) => /^(stop|notready|not_ready|shutdown|drop)\b/.test(event);
  const isEndStatus = (event) => /=(Stopping|Stopped) /.test(event);
  const now = await portraitOf(service);
  const parted = (keep) => ({
    events: now.events.filter((event) => isEnd(event) === keep),
    journal: now.journal.filter((event) => isEnd(event) === keep),
    statuses: now.statuses.filter((event) => isEndStatus(event) === keep),
  });
  check(where, { ...now, ...parted(false) }, fresh[current].started);
  const { events, journal, statuses: ends } = fresh[before].stopped;
  check(`${where}, the end of the old one`, parted(true), { events, journal, statuses: ends });
  const left = await watched.left(handlesOf(service), livingOf(service));
  if (left !== undefined) fail(`${where}: ${left}`);
}

/** Instances in Rust; below, those of them of the type that counts itself. */
function handlesOf(service) {
  return [...service.extensions.keys()].filter((id) => !id.startsWith("scripted/")).length;
}

function livingOf(service) {
  return [...service.extensions.keys()].filter((id) => id.startsWith("misbehaving/")).length;
}

function check(where, got, wanted) {
  for (const key of Object.keys(wanted)) {
    if (isDeepStrictEqual(got[key], wanted[key])) continue;
    fail(
      `${where}: ${key} is\n${JSON.stringify(got[key], null, 1)}\nwas to be\n${JSON.stringify(wanted[key], null, 1)}`,
    );
  }
}

/** What the process holds now. */
function hold(number) {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const held = { ...census(), heap: heapUsed + arrayBuffers };
  const { descriptors, threads, stepThreads, rss, heap } = held;
  console.log(
    `${String(number).padStart(8)} reloads  ${descriptors} descriptors, ${threads} threads and ${stepThreads} of steps, ` +
      `RSS ${mebibytes(rss)}, heap ${mebibytes(heap)}`,
  );
  return held;
}

function judge(reload, chapters) {
  if (count < JUDGED_FROM) return;
  const quarter = Math.floor(chapters.length / 4);
  const [second, last] = [chapters.slice(quarter, 2 * quarter), chapters.slice(-quarter)];
  const least = (some, what) => Math.min(...some.map((held) => held[what]));
  const most = (some, what) => Math.max(...some.map((held) => held[what]));
  for (const what of ["descriptors", "threads", "stepThreads", "mappings"]) {
    const [early, late] = [most(second, what), least(last, what)];
    if (late > early) fail(`${reload}: ${what} grew from ${early} to ${late}`);
  }
  const grown = Object.entries(GROWTH_MAX).map(([what, growthMax]) => {
    const [early, late] = [least(second, what), least(last, what)];
    if (late - early > growthMax) fail(`${reload}: ${what} grew from ${mebibytes(early)} to ${mebibytes(late)}`);
    return `${what} ${mebibytes(early)} in the second quarter, ${mebibytes(late)} in the last`;
  });
  console.log(`${reload}: ${grown.join("; ")}`);
}

function mebibytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function fail(text) {
  console.error(`seed ${seed}: ${text}`);
  process.exit(1);
}
