// The proof that a service lives as its model does, with the options that `run.mjs` has read.
import fc from "fast-check";
import { guarded } from "../soak/guard.mjs";
import { Watched } from "../support/watched.mjs";
import { takeClock } from "./clock.mjs";
import { play } from "./play.mjs";
import { sequences } from "./sequences.mjs";

const { seed, count } = guarded();
console.log(`seed ${seed}, ${count} sequences`);

/** Errors in passing would be lost otherwise: a component's own belong to its service. */
process.on("unhandledRejection", (error) => fail(`a rejection that nobody hears: ${error?.stack}`));

const clock = takeClock();
let hear = () => undefined;
const tell = (event) => hear(event);
const setHear = (listener) => {
  hear = listener;
};
let shared = await Watched.open(tell);
const played = {};
let done = 0;
const begun = performance.now();

const property = fc.asyncProperty(sequences, async (sequence) => {
  const watched = sequence.closes ? await Watched.open(tell) : shared;
  try {
    for (const [name, times] of Object.entries(await play(sequence, watched, clock, setHear))) {
      played[name] = (played[name] ?? 0) + times;
    }
  } catch (error) {
    // What it left behind must not disturb the next, shorter one.
    clock.forget();
    if (!sequence.closes) {
      await shared.closeUnder();
      shared = await Watched.open(tell);
    }
    throw error;
  } finally {
    if (sequence.closes) await watched.closeUnder();
  }
  done++;
  if (done % Math.max(1, Math.floor(count / 10)) === 0) report();
});
const result = await fc.check(property, { seed, numRuns: count, endOnFailure: false });
if (result.failed) {
  const [shortest] = result.counterexample ?? [];
  fail(
    `sequence ${result.numRuns} differs; the shortest that does, after ${result.numShrinks} steps:\n` +
      `${JSON.stringify(shortest, null, 1)}\n${result.errorInstance?.message ?? result.error}`,
  );
}
const { handles, safetyTimerHits } = await shared.close();
if (handles !== 0 || safetyTimerHits !== 0) fail(`at the end ${handles} handles, ${safetyTimerHits} wake-ups lost`);
console.log(`played ${JSON.stringify(played)}`);
console.log("each lived as its model did, and 0 handles are left");
process.exit(0);

function report() {
  const seconds = (performance.now() - begun) / 1_000;
  const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(`${String(done).padStart(8)} sequences  ${seconds.toFixed(1).padStart(7)} s  ${rss} MiB`);
}

function fail(text) {
  console.error(`seed ${seed}: ${text}`);
  process.exit(1);
}
