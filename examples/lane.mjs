// One runtime, two threads: the main thread opens it and starts an instance, a worker attaches to it with a lane of its
// own and calls the same instance. Run it by `node examples/lane.mjs`, once `npm run build` has run.
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { attach, open } from "ferrule";

if (isMainThread) {
  const runtime = await open();
  const sample = await runtime.start("rust_sample", { endpoint: null });
  const shared = { runtime: runtime.share(), sample: sample.share() };
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: shared });
  const [answer] = await once(worker, "message");
  console.log(answer); // echoed 1000 items on a lane of its own
  await runtime.close();
} else {
  const lane = await attach(workerData.runtime);
  const sample = lane.extension(workerData.sample);
  const items = Array.from({ length: 1_000 }, (_, number) => new TextEncoder().encode(`item ${number}`));
  const echoed = await sample.callMany("echo", items);
  parentPort.postMessage(`echoed ${echoed.length} items on a lane of its own`);
  await lane.close();
}
