// Calls whose answers are checked: what the lanes do that must not notice how others end, and what the others do.
import { isDeepStrictEqual } from "node:util";
import { Random } from "../soak/random.mjs";

const SOURCE = new Random(1).fill(new Uint8Array(6 * 2 ** 20));

export function bytes(random, length) {
  const from = random.below(SOURCE.length - length);
  return SOURCE.subarray(from, from + length);
}

export async function echo(random, extension, length, method = "echo", options = undefined) {
  const payload = bytes(random, length);
  const answer = await extension.call(method, payload, options);
  if (Buffer.compare(answer, payload) !== 0) throw new Error(`${length} bytes came back changed by ${method}`);
}

export function echoSync(random, extension, length) {
  const payload = bytes(random, length);
  const answer = extension.callSync("echo", payload);
  if (Buffer.compare(answer, payload) !== 0) throw new Error(`${length} bytes came back changed by callSync`);
}

export async function echoMany(random, extension, count) {
  const items = Array.from({ length: count }, () => bytes(random, random.below(500)));
  const answers = await extension.callMany("echo", items);
  if (items.some((item, index) => Buffer.compare(answers[index], item) !== 0))
    throw new Error("a batch came back changed");
}

export async function roundTrip(random, extension) {
  const value = { word: random.word(), text: "x".repeat(random.below(50)), list: [null, true, random.below(9)] };
  const answer = await extension.call("round_trip", value);
  if (!isDeepStrictEqual(answer, value)) throw new Error("a value came back changed");
}

/** Goes on until it is told to stop. Tells how many were answered, and how long the slowest took. */
export class SteadyCalls {
  answered = 0;
  slowest = 0;
  #stopped = false;
  #random;
  #echo;
  #misbehaving;

  constructor(random, echo, misbehaving) {
    this.#random = random;
    this.#echo = echo;
    this.#misbehaving = misbehaving;
  }

  stop() {
    this.#stopped = true;
  }

  async run() {
    while (!this.#stopped) {
      await Promise.all(Array.from({ length: 16 }, () => this.#one()));
      await new Promise((resolve) => setTimeout(resolve, 1)); // the workers are to have a core, too
    }
  }

  async #one() {
    const random = this.#random;
    const begun = performance.now();
    const kind = random.below(100);
    if (kind < 70) await echo(random, this.#echo, random.below(1_500), random.oneIn(2) ? "echo" : "now");
    else if (kind < 80) await echo(random, this.#misbehaving, random.below(20_000), "yield");
    else if (kind < 90) await roundTrip(random, this.#misbehaving);
    else if (kind < 95) await echoMany(random, this.#echo, random.below(30));
    else if (kind < 99) await echo(random, this.#misbehaving, random.below(100));
    else await echo(random, this.#echo, random.below(700_000));
    this.answered++;
    this.slowest = Math.max(this.slowest, performance.now() - begun);
  }
}
