// A worker with a lane: does what it is told, one message at a time, and answers each.
import { parentPort, workerData } from "node:worker_threads";
import { attach } from "../../dist/index.js";

let lane = await attach(workerData.shared, workerData.options);
const handles = new Map();

const commands = {
  use: (shared) => void handles.set(shared.id, lane.extension(shared)),
  start: async (id) => {
    handles.set(id, await lane.start(id));
    return handles.get(id).share();
  },
  call: async ([id, method, payload]) => handles.get(id).call(method, payload),
  echo: async ([id, count]) => {
    let wrong = 0;
    await Promise.all(
      Array.from({ length: count }, async (_, number) => {
        const payload = new Uint8Array(Uint32Array.of(number, number ^ 0xffff).buffer);
        const answer = await handles.get(id).call("echo", payload);
        if (Buffer.compare(answer, payload) !== 0) wrong++;
      }),
    );
    return wrong;
  },
  hang: ([id, count]) => {
    for (let index = 0; index < count; index++)
      handles
        .get(id)
        .call("act", "hang")
        .catch(() => {});
  },
  provide: ([name, answer]) => {
    lane.provide(name, () => (answer === "hang" ? new Promise(() => {}) : Buffer.from(answer)));
  },
  shutdown: (id) => handles.get(id).shutdown(),
  close: () => lane.close(),
  forget: () => {
    lane = undefined;
    handles.clear();
  },
  stats: () => ({ ...lane.stats() }),
};

parentPort.on("message", async ({ command, argument }) => {
  try {
    const result = await commands[command](argument);
    parentPort.postMessage({ result });
  } catch (error) {
    parentPort.postMessage({ error: { code: error.code, message: error.message } });
  }
});
parentPort.postMessage({ result: "attached" });
