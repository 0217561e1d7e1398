// npm run bench:check: the peers under a harness that is not ours. tinybench calls them in a loop of its own, next to
// the samples of `npm run bench`; where the two rates of a peer are far apart, one of the harnesses is wrong.
import { parseArgs } from "node:util";
import { Bench } from "tinybench";
import { repeatOnCores } from "./harness/machine.mjs";
import { median, round } from "./harness/statistics.mjs";

const USAGE = "usage: npm run bench:check -- [--in-flight <n>] [--rounds <n>] [--cores <n>]";
/** How far apart two rates may be: a ratio from 1 / FAR to FAR. */
const FAR = 1.3;
/** Calls of one iteration, for each call in flight. */
const CALLS_PER_PLACE = 8;

const options = read(process.argv.slice(2));
if (options === undefined) process.exitCode = 2;
else if (!repeatOnCores(options.cores)) process.exitCode = await check(options);

function read(args) {
  const text = (value) => ({ type: "string", default: value });
  try {
    const { values } = parseArgs({ args, options: { "in-flight": text("512"), rounds: text("5"), cores: text("2") } });
    const [inFlight, rounds, cores] = [values["in-flight"], values.rounds, values.cores].map(Number);
    if ([inFlight, rounds].every((number) => Number.isInteger(number) && number > 0) && Number.isInteger(cores)) {
      return { inFlight, rounds, cores };
    }
  } catch {
    // Told below.
  }
  console.error(USAGE);
  return undefined;
}

async function check({ inFlight, rounds }) {
  const { openPeers } = await import("./peers/index.mjs");
  const { callsLine } = await import("./workloads/calls.mjs");
  const peers = (await openPeers(true)).filter(({ isSync }) => !isSync);
  const ratios = new Map(peers.map((peer) => [peer, []]));
  const rates = new Map(peers.map((peer) => [peer, []]));
  const lines = new Map(peers.map((peer) => [peer, callsLine(peer, "no payload", inFlight)]));
  for (const line of lines.values()) await line.run({ isQuick: false, isWarmup: true });
  for (let number = 0; number < rounds; number++) {
    for (const peer of peers) {
      const ours = (await lines.get(peer).run({ isQuick: false, isWarmup: false })).ns;
      const theirs = await underTinybench(peer, inFlight);
      rates.get(peer).push(1e9 / theirs);
      ratios.get(peer).push(ours / theirs);
    }
  }
  for (const peer of peers) await peer.close?.();
  let far = 0;
  console.log(`${inFlight} in flight: calls a second under tinybench, and how many times the rate of our own harness`);
  for (const peer of peers) {
    const ratio = median(ratios.get(peer));
    const isFar = ratio > FAR || ratio < 1 / FAR;
    if (isFar) far += 1;
    const rate = Math.round(median(rates.get(peer))).toLocaleString("en-US");
    console.log(
      `${peer.name.padEnd(28)} ${rate.padStart(12)} ${String(round(ratio)).padStart(8)}${isFar ? "  FAR" : ""}`,
    );
  }
  return far === 0 ? 0 : 1;
}

/** @returns nanoseconds for each call */
async function underTinybench(peer, inFlight) {
  const bench = new Bench({ time: 100, iterations: 2, warmupTime: 20, warmupIterations: 1, throws: true });
  const calls = inFlight * CALLS_PER_PLACE;
  bench.add(peer.name, () => allCalls(peer, inFlight, calls));
  const [task] = await bench.run();
  return (task.result.latency.mean * 1e6) / calls;
}

/** Calls `total` times: an answer makes the next call, without an async function between. */
function allCalls({ name, call, accept }, inFlight, total) {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let ended = 0;
    const next = (place) => {
      if (begun === total) return;
      const number = begun++;
      call(number, place).then((answer) => {
        if (!accept(number, answer)) reject(new Error(`${name}: call ${number} answered ${answer}`));
        ended += 1;
        if (ended === total) resolve();
        else next(place);
      }, reject);
    };
    for (let place = 0; place < inFlight; place++) next(place);
  });
}
