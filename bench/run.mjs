// npm run bench: one call through the ring against a bare promise, koffi sync and koffi .async, in one run.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import koffi from "koffi";
import { Bench } from "tinybench";
import { open } from "../dist/index.js";

const { values } = parseArgs({
  options: { rounds: { type: "string" }, calls: { type: "string" }, record: { type: "boolean" } },
});
const rounds = Number(values.rounds ?? 7);
const calls = Number(values.calls ?? 20_000);
if (!(Number.isInteger(rounds) && rounds > 0 && Number.isInteger(calls) && calls >= 512)) {
  console.error("usage: npm run bench -- [--rounds N] [--calls N, 512 at least] [--record]");
  process.exit(2);
}

const native = new URL("../dist/native/", import.meta.url);
const { ferrule } = JSON.parse(readFileSync(new URL("libraries.json", native), "utf8"));
const path = new URL(ferrule.file, native).pathname;

// Before the first library: as many pools, and as many calls at once, as koffi's `.async` can make use of.
koffi.config({ resident_async_pools: 32, max_async_calls: 1_024 });

// The foreign function of the peers: libc's own, which does as little as a function can and answers what it got.
const absolute = koffi.load("libc.so.6").func("int labs(int number)");
const runtime = await open(path);
const extension = await runtime.start("rust_sample", { endpoint: null });
const payload = new Uint8Array(4);
const resolved = Promise.resolve();

const peers = {
  "bare promise": (number) => resolved.then(() => number),
  "koffi sync": (number) => absolute(number),
  "koffi .async": (number) =>
    new Promise((resolve, reject) =>
      absolute.async(number, (error, result) => (error ? reject(error) : resolve(result))),
    ),
  ring: async (number) => {
    payload[0] = number;
    payload[1] = number >>> 8;
    payload[2] = number >>> 16;
    const answer = await extension.call("echo", payload);
    return answer[0] | (answer[1] << 8) | (answer[2] << 16);
  },
};

/** Runs so many calls with a window of them in flight; each must answer its own number. */
async function inFlight(call, window, total) {
  let next = 0;
  const one = async () => {
    while (next < total) {
      const number = next++;
      const answer = await call(number);
      if (answer !== number) throw new Error(`call ${number} answered ${answer}`);
    }
  };
  await Promise.all(Array.from({ length: window }, one));
}

const windows = [1, 64, 512];
/** name > window > ns for each call, one for each round. */
const samples = Object.fromEntries(
  Object.keys(peers).map((name) => [name, Object.fromEntries(windows.map((w) => [w, []]))]),
);
// koffi .async is so slow that equal counts would take minutes; its rate does not depend on the count.
const totalOf = (name, window) => Math.max(window * 4, name === "koffi .async" ? Math.ceil(calls / 10) : calls);

for (let round = 0; round <= rounds; round++) {
  for (const window of windows) {
    const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
    for (const [name, call] of Object.entries(peers))
      bench.add(name, () => inFlight(call, window, totalOf(name, window)));
    await bench.run();
    for (const task of bench.tasks) {
      const milliseconds = task.result.latency.mean;
      // The first round warms everything up.
      if (round > 0) samples[task.name][window].push((milliseconds * 1e6) / totalOf(task.name, window));
    }
  }
}

const hits = runtime.stats().safetyTimerHits;
await extension.shutdown();
await runtime.close();

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const results = Object.keys(peers).map((name) => ({
  name,
  ns: Object.fromEntries(windows.map((window) => [window, Math.round(median(samples[name][window]))])),
}));
const ring = results.find(({ name }) => name === "ring").ns;
const times = (ns, window) =>
  ns / ring[window] >= 10 ? (ns / ring[window]).toFixed(0) : (ns / ring[window]).toFixed(2);

const row = (cells) =>
  console.log(
    `| ${cells.map((cell, index) => String(cell)[index ? "padStart" : "padEnd"](index ? 18 : 14)).join(" | ")} |`,
  );
console.log(`\nns for each call (times the ring's), median of ${rounds} interleaved rounds\n`);
row(["in flight", ...windows]);
row(["---", ...windows.map(() => "---:")]);
for (const { name, ns } of results)
  row([name, ...windows.map((window) => `${ns[window]} (${times(ns[window], window)} x)`)]);

const koffiAsync = results.find(({ name }) => name === "koffi .async").ns;
const aims = [
  { aim: "512 in flight: at least 20 times the rate of koffi .async", value: koffiAsync[512] / ring[512], limit: 20 },
  { aim: "one at a time: faster than koffi .async", value: koffiAsync[1] / ring[1], limit: 1 },
].map((aim) => ({ ...aim, value: Number(aim.value.toFixed(2)), met: aim.value >= aim.limit }));
console.log("");
for (const { aim, value, met } of aims) console.log(`${met ? "met   " : "MISSED"}  ${aim}: ${value} times`);
console.log(`${hits === 0 ? "met   " : "MISSED"}  no wake-up was lost: ${hits} hits of the safety timer`);

if (values.record) {
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memory: totalmem(),
    kernel: release(),
    node: process.version,
  };
  mkdirSync(new URL("record/", import.meta.url), { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const record = { date, machine, rounds, calls, results, samples, aims };
  writeFileSync(new URL(`record/${date}.json`, import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
}
process.exitCode = aims.every(({ met }) => met) && hits === 0 ? 0 : 1;
