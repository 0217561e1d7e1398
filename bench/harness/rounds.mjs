// Runs the lines of the workloads in rounds. Within a round the peers of one group follow each other, each round in
// another order: a noisy moment of the machine meets them all, and no one always comes after the same one.
import { collectGarbage } from "./sample.mjs";
import { median, quantile, round, spread, starved } from "./statistics.mjs";

/** Lines that are compared with each other. */
export function groupsOf(lines) {
  const groups = new Map();
  for (const line of lines) {
    const key = `${line.workload}/${line.inFlight ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups.values()];
}

const rotated = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)];

/** Milliseconds after which no further round begins: a slow machine takes fewer, and says so. */
const BEGIN_MAX = 11 * 60_000;
/** Milliseconds for which each line runs before it is measured. */
const WARM_UP = 800;
/** Samples of a line in a round, of which all but the last were starved. */
const ATTEMPTS = 3;

/**
 * @param options.rounds how many count; one more comes before, which warms everything up
 * @param options.isQuick answers only: one round, as few calls as there can be
 * @param options.warmUp milliseconds for which each line runs before
 * @param options.onRound is told before each round begins
 * @param options.now tells the time in milliseconds
 */
export async function runRounds(lines, options) {
  const { rounds, isQuick, warmUp = WARM_UP, onRound = () => {}, now = () => performance.now() } = options;
  const samples = new Map(lines.map((line) => [line, []]));
  const start = now();
  let last = start;
  for (let number = isQuick ? 1 : 0; number <= (isQuick ? 1 : rounds); number++) {
    const begin = now();
    if (number > 1 && begin - start + (begin - last) > BEGIN_MAX) break;
    last = begin;
    onRound(number);
    if (number === 1) collectGarbage(); // that of the warm-up
    for (const group of groupsOf(lines)) {
      for (const line of rotated(group, number)) {
        if (number === 0) await warmUpLine(line, { isQuick, milliseconds: warmUp, now });
        else await sampleOnce(line, samples.get(line), number, isQuick);
      }
    }
  }
  return samples;
}

/** Until V8 has compiled what the line runs, on cores that the line itself keeps busy. */
async function warmUpLine(line, { isQuick, milliseconds, now }) {
  const end = milliseconds > 0 ? now() + milliseconds : 0;
  do await line.run({ isQuick, isWarmup: true });
  while (milliseconds > 0 && now() < end);
}

/** Adds a sample to those of a line; another one when it was starved, so that the round has one that counts. */
async function sampleOnce(line, samples, round, isQuick) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const sample = { ...(await line.run({ isQuick, isWarmup: false })), round };
    samples.push(sample);
    if (!starvedOf(line, samples).has(sample)) return;
  }
}

/** The samples of a line that do not count. */
function starvedOf({ role, inFlight }, samples) {
  const isAlone = role === "floor" || role === "sync";
  // With few in flight, threads wait for each other, and none is busy for long.
  return isAlone || inFlight >= 16 ? starved(samples, isAlone) : new Set();
}

/** What the samples say: one result for each line. */
export function resultsOf(lines, samples) {
  const results = [];
  for (const group of groupsOf(lines)) {
    const base = group.find(({ isBase }) => isBase);
    const kept = new Map(
      group.map((line) => {
        const all = samples.get(line);
        const out = starvedOf(line, all);
        return [line, all.filter((sample) => !out.has(sample))];
      }),
    );
    for (const line of group) {
      const dropped = samples.get(line).length - kept.get(line).length;
      results.push({ ...resultOf(line, kept.get(line), base && kept.get(base)), dropped });
    }
  }
  return results;
}

/** @param base samples of ferrule in the same group */
function resultOf({ workload, peer, inFlight, by = "ns", role }, samples, base) {
  const over = (name) => {
    const values = samples.map((sample) => sample[name]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : round(median(values));
  };
  const pairs = samples.flatMap((sample) => {
    const other = base?.find(({ round }) => round === sample.round);
    return other === undefined ? [] : [sample[by] / other[by]];
  });
  const ratio = spread(pairs);
  return {
    workload,
    peer,
    inFlight,
    role,
    by,
    ns: over("ns"),
    cpu: over("cpu"),
    cpuOfServer: over("cpuOfServer"),
    threads: over("threads"),
    p50: over("p50"),
    p99: over("p99"),
    bytesPerSecond: over("bytesPerSecond"),
    ratio: ratio && { median: round(ratio.median), min: round(ratio.min), max: round(ratio.max) },
    best: round(
      quantile(
        samples.map((sample) => sample[by]),
        0,
      ),
    ),
    samples: samples.length,
  };
}
