// Many items for one promise: `callMany`, and a writer that takes bytes until it wants to be drained.
import { LEAD, measure, sampleOf } from "../harness/sample.mjs";

const ITEMS = 1_024;
/** Milliseconds of a sample. */
const TARGET = 100;
const ITEM_SIZES = { "64 B": 64, "64 KiB": 65_536 };

/** Runs `once` again and again for the time of a sample. @returns the sample, for each item */
async function repeated({ isQuick }, itemsOfOnce, once) {
  let items = 0;
  const runFor = async (milliseconds) => {
    const end = performance.now() + milliseconds;
    do {
      await once(items);
      items += itemsOfOnce;
    } while (performance.now() < end);
  };
  if (!isQuick) await runFor(LEAD);
  items = 0;
  const measured = await measure(() => runFor(isQuick ? 0 : TARGET));
  return sampleOf(measured, items);
}

export function manyLines({ extension }) {
  const empty = Array.from({ length: ITEMS }, () => undefined);
  const numbers = Array.from({ length: ITEMS }, () => new Uint8Array(4));
  const withoutPayload = (method) => async () => {
    const answers = await extension.callMany(method, empty);
    if (answers.length !== ITEMS) throw new Error(`callMany answered ${answers.length} of ${ITEMS}`);
    for (const answer of answers) if (answer.length !== 0) throw new Error(`callMany answered ${answer}`);
  };
  const withNumber = async (from) => {
    for (let index = 0; index < ITEMS; index++) {
      const number = from + index;
      const bytes = numbers[index];
      bytes[0] = number;
      bytes[1] = number >>> 8;
      bytes[2] = number >>> 16;
    }
    const answers = await extension.callMany("now", numbers);
    for (let index = 0; index < ITEMS; index++) {
      const answer = answers[index];
      const number = (from + index) & 0xffffff;
      if ((answer[0] | (answer[1] << 8) | (answer[2] << 16)) !== number) {
        throw new Error(`callMany answered ${answer} for item ${number}`);
      }
    }
  };
  const line = (name, once) => ({
    workload: "callMany of 1,024",
    peer: name,
    role: "ferrule",
    run: (options) => repeated(options, ITEMS, once),
  });
  return [
    line("ferrule, no payload", withoutPayload("now")),
    line("ferrule, no payload, async fn", withoutPayload("echo")),
    line("ferrule, 4 bytes each", withNumber),
  ];
}

/** Every item is a call in Rust, which counts them; nothing is answered to each. */
export function writerLines({ extension, runtime }) {
  return Object.entries(ITEM_SIZES).map(([name, size]) => ({
    workload: "writer",
    peer: `ferrule, ${name} each`,
    role: "ferrule",
    run: async (options) => {
      const item = new Uint8Array(size);
      const before = runtime.stats().rustItems;
      let written = 0;
      const sample = await repeated(options, ITEMS, async () => {
        const writer = extension.writer("echo");
        for (let index = 0; index < ITEMS; index++) {
          written++;
          if (!writer.write(item)) await writer.drain();
        }
        await writer.end();
      });
      const counted = runtime.stats().rustItems - before;
      if (counted !== written) throw new Error(`Rust counted ${counted} of ${written} written items`);
      return { ...sample, bytesPerSecond: (size * 1e9) / sample.ns };
    },
  }));
}
