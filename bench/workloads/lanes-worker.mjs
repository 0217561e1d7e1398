// A worker thread with a lane: told milliseconds, it calls for so long and says how many were answered.
import { parentPort, workerData } from "node:worker_threads";
import { attach } from "../../dist/index.js";

const IN_FLIGHT = 512;

const lane = await attach(workerData.shared);
const extension = lane.extension(workerData.extension);

parentPort.on("message", async (milliseconds) => {
  if (milliseconds === 0) {
    await lane.close();
    parentPort.close();
    return;
  }
  let answered = 0;
  const end = performance.now() + milliseconds;
  const one = async () => {
    // The clock takes as long as a call: it is read once for each 64 of them.
    while ((answered & 63) !== 0 || performance.now() < end) {
      const answer = await extension.call("echo");
      if (answer.length !== 0) throw new Error(`a call without payload answered ${answer}`);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  parentPort.postMessage(answered);
});
parentPort.postMessage("attached");
