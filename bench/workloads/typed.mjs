// Calls of a typed client against calls with the same bytes: what types cost. One method answers without a future, the
// other by one, on both sides.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { callsLine } from "./calls.mjs";

/** Where the client is written: a folder of this package, so that it finds `ferrule/client`. */
const FOLDER = new URL("../../target/bench-client/", import.meta.url);
const WINDOWS = [1, 64, 512];

/** Starts a typed client of the library's extension; nothing where this version has none. */
export async function typedClient({ runtime }) {
  const description = runtime.components().find(({ type }) => type === "typed");
  if (description?.interface === undefined) return undefined;
  const { generateClient } = await import("../../dist/typegen/index.js");
  const [file] = generateClient(description, { forms: ["js"] });
  if (file?.text.includes("repeatLater(") !== true) return undefined;
  mkdirSync(FOLDER, { recursive: true });
  const path = fileURLToPath(new URL(file.path, FOLDER));
  writeFileSync(path, file.text);
  const { Typed } = await import(path);
  return runtime.start(Typed, {});
}

/** @param client of `typedClient` */
export function typedLines({ extension }, client) {
  const kinds = [
    ["typed calls, answered at once", "now", (text) => client.repeat(text)],
    ["typed calls, by a future", "echo", (text) => client.repeatLater(text)],
  ];
  return kinds.flatMap(([workload, method, call]) =>
    WINDOWS.flatMap((inFlight) => [
      callsLine(bytesPeer(extension, method), workload, inFlight, { isBase: true }),
      callsLine(typedPeer(call), workload, inFlight, { isBase: false }),
    ]),
  );
}

/** Different texts, one for each of a thousand calls in turn: no call gets the answer of another one unnoticed. */
const TEXTS = 1_024;

function typedPeer(call) {
  const texts = Array.from({ length: TEXTS }, (_, index) => textOf(index));
  return {
    name: "ferrule, typed",
    isFerrule: true,
    call: (number) => call(texts[number % TEXTS]),
    accept: (number, answer) => answer === texts[number % TEXTS],
  };
}

/** The bytes that the typed client sends for the same texts. */
function bytesPeer(extension, method) {
  const payloads = Array.from({ length: TEXTS }, (_, index) => bytesOf(textOf(index)));
  return {
    name: "ferrule, the same bytes",
    isFerrule: true,
    call: (number) => extension.call(method, payloads[number % TEXTS]),
    accept: (number, answer) => isSame(answer, payloads[number % TEXTS]),
  };
}

function isSame(answer, sent) {
  if (answer.length !== sent.length) return false;
  for (let index = 0; index < sent.length; index++) if (answer[index] !== sent[index]) return false;
  return true;
}

/** Twelve characters. */
function textOf(index) {
  return `a text, ${String(index).padStart(4, "0")}`;
}

/** An array of one short text in MessagePack. */
function bytesOf(text) {
  return Uint8Array.of(0x91, 0xa0 | text.length, ...new TextEncoder().encode(text));
}
