// The addons: napi-rs and neon.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const load = (name) => require(fileURLToPath(new URL(`dist/${name}.node`, import.meta.url)));
const accept = (number, answer) => answer === number;

export function openNapi() {
  const { sync, call, task, echo, echoSync, wait } = load("napi");
  return [
    { name: "napi-rs sync", isSync: true, call: sync, echo: echoSync, accept },
    { name: "napi-rs async fn", call, echo, wait, accept },
    { name: "napi-rs AsyncTask", call: task, accept },
  ];
}

export function openNeon() {
  const { sync, call, channel, echo, wait } = load("neon");
  // It takes and gives an ArrayBuffer; the payloads of the benchmark fill theirs.
  const echoBytes = async (bytes) => new Uint8Array(await echo(bytes.buffer));
  return [
    { name: "neon sync", isSync: true, call: sync, accept },
    { name: "neon async fn", call, echo: echoBytes, wait, accept },
    { name: "neon Channel", call: channel, accept },
  ];
}
