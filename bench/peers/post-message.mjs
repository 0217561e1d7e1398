// A worker thread that answers messages: what JavaScript offers by itself.
import { Worker } from "node:worker_threads";

export async function openPostMessage() {
  const worker = new Worker(new URL("post-message-worker.mjs", import.meta.url));
  await new Promise((resolve) => worker.once("online", resolve));
  const pending = new Map();
  let next = 0;
  worker.on("message", ([id, answer]) => {
    const resolve = pending.get(id);
    pending.delete(id);
    resolve(answer);
  });
  const send = (method, payload) =>
    new Promise((resolve) => {
      const id = next++;
      pending.set(id, resolve);
      worker.postMessage([id, method, payload]);
    });
  const peer = {
    name: "postMessage",
    call: (number) => send(0, number),
    echo: (bytes) => send(0, bytes),
    wait: (milliseconds) => send(1, milliseconds),
    accept: (number, answer) => answer === number,
    close: () => worker.terminate(),
  };
  return [peer];
}
