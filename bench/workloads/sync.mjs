// Calls that block the thread: `callSync`, and the foreign calls of the peers. They are timed in chunks, since the clock
// itself takes longer than most of them.
import { measure, sampleOf } from "../harness/sample.mjs";
import { quantile } from "../harness/statistics.mjs";
import { roleOf } from "./calls.mjs";

const CHUNK = 16;
const CHUNKS = 4_000;

function syncLine(peer) {
  const { name, call, accept } = peer;
  const run = async ({ isQuick }) => {
    const chunks = isQuick ? 2 : CHUNKS;
    const times = new Float64Array(chunks);
    const measured = await measure(() => {
      let number = 0;
      for (let chunk = 0; chunk < chunks; chunk++) {
        const before = performance.now();
        for (let index = 0; index < CHUNK; index++, number++) {
          const answer = call(number);
          if (!accept(number, answer)) throw new Error(`${name}: call ${number} answered ${answer}`);
        }
        times[chunk] = ((performance.now() - before) * 1_000) / CHUNK;
      }
    });
    return { ...sampleOf(measured, chunks * CHUNK), p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  };
  return { workload: "callSync", peer: name, isBase: name === "ferrule callSync", role: roleOf(peer), by: "p50", run };
}

export function syncLines(peers, { extension }) {
  const ferrule = {
    name: "ferrule callSync",
    isFerrule: true,
    call: () => extension.callSync("echo"),
    accept: (_, answer) => answer.length === 0,
  };
  return [ferrule, ...peers.filter(({ isSync }) => isSync)].map(syncLine);
}
