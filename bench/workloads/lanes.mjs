// Two worker threads, each with a lane of its own, against one such thread.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { measure, sampleOf } from "../harness/sample.mjs";

/** Milliseconds of a sample. */
const TARGET = 200;

function lanesLine({ runtime, extension }, lanes) {
  let workers;
  const run = async ({ isQuick }) => {
    workers ??= await Promise.all(Array.from({ length: lanes }, () => startWorker(runtime, extension)));
    const measured = await measure(async () => {
      const counts = workers.map((worker) => {
        worker.postMessage(isQuick ? 5 : TARGET);
        return once(worker, "message");
      });
      const answered = await Promise.all(counts);
      return answered.reduce((sum, [count]) => sum + count, 0);
    });
    return sampleOf(measured, measured.result);
  };
  const close = () => Promise.all((workers ?? []).map((worker) => stopWorker(worker)));
  const name = lanes === 1 ? "ferrule, one lane" : `ferrule, ${lanes} lanes`;
  return { workload: "lanes of worker threads", peer: name, isBase: lanes === 1, role: "ferrule", run, close };
}

async function startWorker(runtime, extension) {
  const worker = new Worker(new URL("lanes-worker.mjs", import.meta.url), {
    workerData: { shared: runtime.share(), extension: extension.share() },
  });
  await once(worker, "message"); // it is attached
  return worker;
}

async function stopWorker(worker) {
  const ended = once(worker, "exit");
  worker.postMessage(0);
  await ended;
}

export const lanesLines = (ferrule) => [lanesLine(ferrule, 1), lanesLine(ferrule, 2)];
