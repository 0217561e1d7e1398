// One measurement: wall time, and the CPU time of every thread of this process and of the peer's server.
import { readdirSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
/** Not for between samples: V8 throws away compiled code with it, and a sample would show it being compiled again. */
export const collectGarbage = runInNewContext("gc");

/** A peer's own copy of the driver. */
const drivers = new Map();
export async function driverOf(peer) {
  const key = `${peer.name}/${peer.workload ?? ""}`;
  if (!drivers.has(key)) drivers.set(key, await import(`./window.mjs?of=${encodeURIComponent(key)}`));
  return drivers.get(key);
}

/** Microseconds of CPU that another process has used; 0 for none. */
export function cpuOfProcess(id) {
  if (id === undefined) return 0;
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${id}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${id}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanoseconds / 1_000;
}

/** Milliseconds for which a line runs before each of its samples: V8 may have to compile anew what it runs. */
export const LEAD = 50;

/** @returns how many calls that are, at so many a millisecond; 0 when they are fewer than are in flight */
export function leadOf(rate, inFlight) {
  const calls = Math.round(rate * LEAD);
  return calls < inFlight ? 0 : calls;
}

/**
 * Runs and measures.
 *
 * @param server id of the peer's other process
 * @returns milliseconds, and microseconds of CPU
 */
export async function measure(run, server) {
  const serverBefore = cpuOfProcess(server);
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await run();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  const cpuOfServer = cpuOfProcess(server) - serverBefore;
  return { wall, cpu: user + system, cpuOfServer, result };
}

/** As a sample of a line, for so many operations. */
export function sampleOf({ wall, cpu, cpuOfServer }, operations) {
  return {
    ns: (wall * 1e6) / operations,
    cpu: (cpu + cpuOfServer) / operations,
    cpuOfServer: cpuOfServer / operations,
    threads: (cpu + cpuOfServer) / 1_000 / wall,
  };
}
