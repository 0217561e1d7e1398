// A worker of the soak: a lane of its own, and its load. It tells what it found, and closes when it is told to.
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { attach } from "../../dist/index.js";
import { Load } from "./load.mjs";
import { Random } from "./random.mjs";

const { shared, first, row, count, seed, instances, progress } = workerData;
const settled = new Int32Array(progress);
const lane = await attach(shared, first);
const load = new Load(lane, {
  row,
  count,
  random: new Random(seed),
  shared: instances,
  onSettled: (number) => Atomics.store(settled, row, number),
});
const ask = ({ what }) => {
  if (what === "state") parentPort.postMessage({ state: load.state() });
};
parentPort.on("message", ask);
try {
  parentPort.postMessage({ books: await load.run() });
} catch (error) {
  parentPort.postMessage({ failure: error.message, state: load.state() });
}
for (;;) {
  const [{ what }] = await once(parentPort, "message");
  if (what === "close") break;
}
await lane.close();
parentPort.close();
