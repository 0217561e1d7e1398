// A worker that ends in the middle of what it does. It tells when it has begun, and what it found wrong.
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Random } from "../soak/random.mjs";
import { attached } from "./attached.mjs";
import { echo, echoMany, echoSync, roundTrip } from "./checked.mjs";
import { shieldKoffi } from "./shield.mjs";

const { shared, instances, seed, number, work, end, shield } = workerData;
shieldKoffi(shield);
const random = new Random(seed).at(3, number);
const tell = (what, text) => parentPort.postMessage({ what, text });

const first = random.oneIn(2)
  ? { firstCursor: 2 ** 32 - 50, firstByteCursor: 2 ** 32 - 4_096, firstGeneration: 2 ** 32 - 50 }
  : {};
tell("attaching");
const lane = await attached(shared, first);
const [echoes, misbehaving] = instances.map((each) => lane.extension(each));
tell("attached");

/** Each goes on for as long as the worker lives, or for some rounds if the worker is to end by itself. */
const ROUNDS = end === "terminate" ? Number.POSITIVE_INFINITY : 2 + random.below(20);
const times = async (size, one) => {
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(Array.from({ length: size }, () => one()));
    await delay(0); // whoever is told to exit gets to it
  }
};
const works = {
  quick: () => times(200, () => echo(random, echoes, random.below(600), random.oneIn(2) ? "echo" : "now")),
  slow: () => times(100, () => misbehaving.call("sleep", random.below(5))),
  full: () => times(1_500, () => echo(random, misbehaving, random.below(3_000), "yield")),
  large: () =>
    times(3, () => echo(random, echoes, 300_000 + random.below(4_000_000), "echo", { lend: random.oneIn(2) })),
  batches: () => times(4, () => echoMany(random, echoes, 300)),
  values: () => times(50, () => roundTrip(random, misbehaving)),
  blocking: () => times(20, () => echo(random, echoes, random.below(30_000), "blocking")),
  sync: () => times(1, () => echoSync(random, echoes, random.below(2_000))),
  syncSlow: () => times(1, async () => misbehaving.callSync("sleep", random.below(60))),
  writes: () =>
    times(2, async () => {
      const writer = misbehaving.writer("act");
      for (let item = 0; item < 500; item++) if (!writer.write("succeed")) await writer.drain();
      await writer.end();
    }),
  aborts: () =>
    times(100, async () => {
      const signal = AbortSignal.timeout(random.below(4));
      await misbehaving.call("act", "hang", { signal }).catch(only("ABORTED"));
    }),
  starts: () =>
    times(4, async () => {
      const own = await lane.start("misbehaving/own", { start: random.oneIn(3) ? { block: 5 } : "succeed" });
      await echo(random, own, 40);
      await own.shutdown();
    }),
  instances: async () => {
    const own = await Promise.all(
      Array.from({ length: 5 }, (_, index) => lane.start(`misbehaving/own-${index}`, { shutdown: { block: 10 } })),
    );
    await times(50, () => echo(random, random.pick(own), random.below(100), "yield"));
  },
  attaches: () =>
    times(2, async () => {
      const next = await attached(shared);
      await echo(random, next.extension(instances[0]), 30);
      await next.close();
    }),
  closes: () =>
    times(1, async () => {
      const next = await attached(shared);
      const [hung, started] = [next.extension(instances[1]), await next.start("misbehaving/own")];
      const calls = [hung, started].map((each) => each.call("act", "hang").catch(only("RUNTIME_CLOSED")));
      await next.close({ grace: random.below(40) });
      await Promise.all(calls);
    }),
};

function only(...codes) {
  return (error) => {
    if (!codes.includes(error.code)) throw error;
  };
}

/** Calls that nobody answers: what ends the worker ends them. */
function hang() {
  const count = random.below(40);
  for (let index = 0; index < count; index++) misbehaving.call("act", "hang").catch(only("RUNTIME_CLOSED"));
}

try {
  if (end === "terminate" || end === "exit") hang();
  const working = Promise.all(work.map((name) => works[name]()));
  tell("working");
  if (end === "exit") {
    working.catch(() => {});
    await delay(random.below(20));
    process.exit(0);
  }
  if (end === "throw") {
    working.catch(() => {});
    setTimeout(() => {
      throw new Error("told to throw");
    }, random.below(20));
  }
  await working;
  if (end === "close") await lane.close();
  tell("done");
} catch (error) {
  tell("failure", error.stack);
}
