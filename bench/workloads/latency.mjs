// One call at a time, each timed: on an idle machine, on a busy one, after a pause, after work, and of a handler that
// waits.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { driverOf, leadOf, measure, sampleOf } from "../harness/sample.mjs";
import { quantile } from "../harness/statistics.mjs";
import { roleOf } from "./calls.mjs";

/** Milliseconds of a sample, where nothing else decides. */
const TARGET = 150;
const CALLS_MAX = 200_000;

/**
 * A line of single calls.
 *
 * @param shape.between what the user does between two calls
 * @param shape.total calls of a sample; as many as fit into the time otherwise
 * @param shape.around brackets a sample: what it answers is called at the end
 */
function latencyLine(peer, workload, { between, total, around, by = "p50" } = {}) {
  let rate = 0;
  const run = async ({ isQuick, isWarmup }) => {
    const { oneByOne } = await driverOf({ ...peer, workload });
    const end = await around?.();
    try {
      const count = isQuick ? 8 : (total ?? Math.min(CALLS_MAX, Math.max(50, Math.round(rate * TARGET))));
      const go = async (calls) => {
        const measured = await measure(() => oneByOne(peer, calls, between), peer.process);
        rate = calls / measured.wall;
        const times = measured.result;
        return { ...sampleOf(measured, calls), p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
      };
      if (isQuick || total !== undefined) return await go(count);
      if (!isWarmup) {
        await oneByOne(peer, leadOf(rate, 1), between);
        return await go(count);
      }
      await go(100);
      return await go(Math.max(100, Math.min(CALLS_MAX, Math.round(rate * TARGET))));
    } finally {
      await end?.();
    }
  };
  return { workload, peer: peer.name, isBase: peer.name === "ferrule", role: roleOf(peer), by, run };
}

/** Child processes at the lowest priority keep every core from sleeping, and take nothing that anyone else wants. */
async function keepBusy() {
  const script = `require("os").setPriority(19); console.log("up"); for (;;);`;
  const children = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  await Promise.all(children.map((child) => new Promise((resolve) => child.stdout.once("data", resolve))));
  return () => Promise.all(children.map((child) => ended(child)));
}

function ended(child) {
  return new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill("SIGKILL");
  });
}

/** Fifty microseconds of the user's own. */
function work() {
  const end = performance.now() + 0.05;
  while (performance.now() < end);
}

const isAsync = ({ isSync }) => !isSync;

export function latencyLines(peers) {
  const called = peers.filter(isAsync);
  return [
    ...called.map((peer) => latencyLine(peer, "one at a time, idle machine")),
    ...called.map((peer) => latencyLine(peer, "one at a time, busy machine", { around: keepBusy })),
    ...called.map((peer) => latencyLine(peer, "50 us of own work between calls", { between: work, by: "p99" })),
    ...called.map((peer) => latencyLine(peer, "one call each 2 ms", { between: () => delay(2), total: 60 })),
  ];
}

/** A handler that takes 1 ms. */
export function waitLines(peers) {
  return peers
    .filter(({ wait }) => wait !== undefined)
    .map((peer) => {
      const waiting = { ...peer, call: () => peer.wait(1), accept: (_, answer) => answer === 1 };
      return latencyLine(waiting, "a handler that waits 1 ms", { total: 60 });
    });
}
