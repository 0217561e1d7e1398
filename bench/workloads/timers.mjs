// How late a 10 ms timer of the user's is while calls are answered as fast as they can be.
import { setTimeout as delay } from "node:timers/promises";
import { driverOf, measure, sampleOf } from "../harness/sample.mjs";
import { quantile } from "../harness/statistics.mjs";
import { roleOf } from "./calls.mjs";

const IN_FLIGHT = 512;
const PERIOD = 10;
/** Timers of a sample. */
const TICKS = 100;

function timerLine(peer) {
  const run = async ({ isQuick }) => {
    const { inFlight } = await driverOf({ ...peer, workload: "timers" });
    const late = [];
    let calls = 0;
    let isOver = false;
    const measured = await measure(async () => {
      const ticking = tick(isQuick ? 2 : TICKS, late).finally(() => {
        isOver = true;
      });
      const calling = async () => {
        while (!isOver) {
          await inFlight(peer, IN_FLIGHT, IN_FLIGHT * 8);
          calls += IN_FLIGHT * 8;
        }
      };
      if (peer.call === undefined) await ticking;
      else await Promise.all([ticking, calling()]);
    }, peer.process);
    const sample = sampleOf(measured, Math.max(calls, 1));
    const times = { p50: quantile(late, 0.5), p99: quantile(late, 0.99) };
    return calls > 0 ? { ...sample, ...times } : { threads: sample.threads, ...times };
  };
  return {
    workload: "10 ms timer under load",
    peer: peer.name,
    isBase: peer.isFerrule,
    role: roleOf(peer),
    by: "p99",
    run,
  };
}

/** @param late gets how many microseconds after its time each timer came */
async function tick(count, late) {
  for (let index = 0; index < count; index++) {
    const before = performance.now();
    await delay(PERIOD);
    late.push(Math.max(0, performance.now() - before - PERIOD) * 1_000);
  }
}

const COMPARED = ["ferrule", "postMessage", "napi-rs async fn", "socket, batched"];

export const timerLines = (peers) => [
  ...peers.filter(({ name }) => COMPARED.includes(name)).map(timerLine),
  timerLine({ name: "no calls", isFloor: true }),
];
