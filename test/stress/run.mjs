// npm run stress -- [--seed N] [--count N]: calls at random windows, lengths, methods, aborts and deadlines, on several
// instances, with starts and shutdowns between. Ends with the ledger: every promise settled once, both sides agree.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { open } from "../../dist/index.js";

const { values } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const count = Number(values.count ?? 300_000);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count <= 0) {
  console.error("usage: npm run stress -- [--seed N] [--count N]");
  process.exit(2);
}

// A small generator with a known period (xorshift32): the same seed gives the same run.
let state = (seed | 0) ^ 0x9e3779b9 || 1;
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};

const native = new URL("../../dist/native/", import.meta.url);
const libraries = JSON.parse(readFileSync(new URL("libraries.json", native), "utf8"));
const library = new URL(libraries["ferrule-test-extensions"].file, native).pathname;
const near = { firstCursor: 2 ** 32 - 500, firstByteCursor: 2 ** 32 - 512, firstGeneration: 2 ** 32 - 500 };
const runtime = await open(library, near);
const ledger = { sent: 0, answered: 0, aborted: 0, late: 0, cancelled: 0, shutDown: 0, starts: 0 };
const instances = await Promise.all([0, 1, 2, 3].map((index) => runtime.start(`misbehaving/${index}`)));

function fail(text) {
  console.error(`seed ${seed}: ${text}`);
  process.exit(1);
}

const stamp = (length, mark) => new Uint8Array(length).fill(mark & 0xff);

async function one(number) {
  const instance = instances[random(instances.length)];
  const kind = random(100);
  const settled = (name) => {
    ledger[name]++;
  };
  ledger.sent++;
  try {
    if (kind < 70) {
      const length = kind < 50 ? random(64) : kind < 68 ? random(5_000) : random(200_000);
      const bytes = stamp(length, number);
      const answer = await instance.call(kind % 4 === 0 ? "yield" : "echo", bytes);
      if (Buffer.compare(answer, bytes) !== 0) fail(`call ${number} came back changed`);
      settled("answered");
    } else if (kind < 85) {
      const controller = new AbortController();
      const call = instance.call("act", "hang", { signal: controller.signal });
      if (kind % 2 === 0) controller.abort(number);
      else setImmediate(() => controller.abort(number));
      await call;
      fail(`call ${number} hangs, and was answered`);
    } else if (kind < 92) {
      await instance.call("sleep", 20, { deadline: random(3) });
      fail(`call ${number} was answered after its deadline`);
    } else {
      const value = { number, list: [number, "x".repeat(random(50))], nested: { deep: null } };
      const answer = await instance.call("round_trip", value);
      if (!isDeepStrictEqual(answer, value)) fail(`call ${number} came back changed`);
      settled("answered");
    }
  } catch (error) {
    if (error.code === "ABORTED" && error.cause === number) settled("aborted");
    else if (error.code === "DEADLINE_EXCEEDED") settled("late");
    else if (error.code === "CANCELLED") settled("cancelled");
    else if (error.code === "SHUT_DOWN") settled("shutDown");
    else fail(`call ${number} ended with ${error.code}: ${error.message}`);
  }
}

async function replaceOne() {
  const index = random(instances.length);
  const old = instances[index];
  instances[index] = await runtime.start(`misbehaving/${++ledger.starts}`);
  await old.shutdown({ deadline: 500 });
}

for (let from = 0; from < count; ) {
  const window = Math.min(1 + random(2_500), count - from);
  const calls = Array.from({ length: window }, (_, index) => one(from + index));
  if (random(10) === 0) calls.push(replaceOne());
  await Promise.all(calls);
  from += window;
}
for (const instance of instances) await instance.shutdown();
while (runtime.stats().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
const stats = runtime.stats();
await runtime.close();

const { sent, starts, ...ends } = ledger;
const settled = Object.values(ends).reduce((sum, number) => sum + number, 0);
console.log(JSON.stringify({ seed, count, ...ledger, settled, stats }, null, 2));
if (settled !== sent) fail(`${sent} calls were sent and ${settled} settled`);
if (stats.handles !== 0 || stats.waiting !== 0 || stats.rustRunning !== 0) fail("something is left");
if (stats.safetyTimerHits !== 0) fail("wake-ups were lost");
if (stats.rustRequests !== stats.rustCompletions) fail("requests and completions differ");
console.log("every promise was settled once, and both sides agree");
