// The worker that stays: its lane makes checked calls from the first round to the last.
import { parentPort, workerData } from "node:worker_threads";
import { attach } from "../../dist/index.js";
import { Random } from "../soak/random.mjs";
import { SteadyCalls } from "./checked.mjs";

const { shared, instances, seed } = workerData;
const lane = await attach(shared);
const [echo, misbehaving] = instances.map((each) => lane.extension(each));
const calls = new SteadyCalls(new Random(seed).at(2, 0), echo, misbehaving);
parentPort.on("message", ({ what }) => {
  if (what === "stop") calls.stop();
  else parentPort.postMessage({ state: { answered: calls.answered, stats: lane.stats() } });
});
try {
  await calls.run();
  const { answered, slowest } = calls;
  parentPort.postMessage({ books: { answered, slowest, stats: lane.stats() } });
} catch (error) {
  parentPort.postMessage({ failure: error.stack });
}
await lane.close();
parentPort.close();
