import { parentPort } from "node:worker_threads";

parentPort.on("message", ([id, method, payload]) => {
  if (method === 0) parentPort.postMessage([id, payload]);
  else setTimeout(() => parentPort.postMessage([id, payload]), payload);
});
