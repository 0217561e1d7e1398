// Every line of the benchmark, in the order of the tables.
import { openFerrule, PARK_AT_ONCE } from "../peers/ferrule.mjs";
import { manyLines, writerLines } from "./batches.mjs";
import { callsLine, echoLines, noPayloadLines, SIZES } from "./calls.mjs";
import { lanesLines } from "./lanes.mjs";
import { latencyLines, waitLines } from "./latency.mjs";
import { lifecycleLines } from "./lifecycle.mjs";
import { syncLines } from "./sync.mjs";
import { timerLines } from "./timers.mjs";
import { typedClient, typedLines } from "./typed.mjs";

/** @returns `lines`, `opened` runtimes to close, and what this version of ferrule cannot do yet: `absent` */
export async function allLines(peers) {
  const ferrule = peers.find(({ name }) => name === "ferrule");
  const opened = [];
  const absent = [];
  const where = (has, name, lines) => {
    if (has) return lines();
    absent.push(name);
    return [];
  };
  const another = async (options, name) => {
    const peer = await openFerrule(options, name);
    opened.push(peer);
    return peer;
  };
  const { extension, runtime } = ferrule;
  const takesInto = await echoesInto(extension);
  const into = where(takesInto, "call(..., { into })", () => [intoPeer(ferrule)]);
  const sizes = [];
  for (const [name, size] of Object.entries(SIZES)) {
    sizes.push(...where(await echoes(extension, size), `payloads of ${name}`, () => [name]));
  }
  const parking = await Promise.all(
    where(PARK_AT_ONCE !== undefined, "parking at once", () => [another(PARK_AT_ONCE, "ferrule, parking at once")]),
  );
  const executors = await Promise.all(
    where(await refusesWorkers(), "workers: 2", () => [another({ workers: 2 }, "ferrule, workers: 2")]),
  );
  const client = await typedClient(ferrule);
  const lines = [
    ...noPayloadLines(peers),
    ...echoLines([ferrule, ...into, ...peers.filter((peer) => peer !== ferrule)], sizes),
    ...latencyLines(peers),
    ...waitLines([...peers, ...parking]),
    ...where(typeof extension.callMany === "function", "callMany", () => manyLines(ferrule)),
    ...where(typeof extension.writer === "function", "writer", () => writerLines(ferrule)),
    ...where(typeof extension.callSync === "function", "callSync", () => syncLines(peers, ferrule)),
    ...where(client !== undefined, "typed clients", () => typedLines(ferrule, client)),
    ...lifecycleLines(ferrule),
    ...where(typeof runtime.share === "function", "lanes", () => lanesLines(ferrule)),
    ...executors.flatMap((workers) => executorLines(ferrule, workers)),
    ...timerLines(peers),
  ];
  return { lines, opened, absent };
}

/** An executor with threads of its own against one that is the drain's, for handlers that answer at once or yield. */
function executorLines(ferrule, workers) {
  return [ferrule, workers].flatMap((peer) =>
    [1, 64, 512].flatMap((inFlight) => [
      callsLine(peer, "workers: 0 or 2, answered at once", inFlight),
      callsLine({ ...peer, call: () => peer.extension.call("yield") }, "workers: 0 or 2, yields once", inFlight),
    ]),
  );
}

/** Answers come into a buffer of the caller's: one for each place in flight, used again and again. */
function intoPeer(ferrule) {
  const buffers = new Map();
  const bufferOf = (size, place) => {
    if (!buffers.has(size)) buffers.set(size, []);
    const places = buffers.get(size);
    places[place] ??= new Uint8Array(size);
    return places[place];
  };
  const echo = (bytes, place) => ferrule.extension.call("echo", bytes, { into: bufferOf(bytes.length, place) });
  return { ...ferrule, name: "ferrule, into a reused buffer", echo };
}

async function echoes(extension, size) {
  try {
    return (await extension.call("echo", new Uint8Array(size))).length === size;
  } catch (error) {
    if (error.code === "PAYLOAD_TOO_LARGE") return false;
    throw error;
  }
}

/** Whether `open` knows the option: then it refuses a number of threads that is none. */
async function refusesWorkers() {
  try {
    const { close } = await openFerrule({ workers: -1 });
    await close();
    return false;
  } catch (error) {
    if (error.code === "INVALID_ARGUMENT") return true;
    throw error;
  }
}

async function echoesInto(extension) {
  const into = new Uint8Array(128);
  const answer = await extension.call("echo", new Uint8Array(64).fill(7), { into });
  return answer.buffer === into.buffer;
}
