// The load of one lane: stretches of calls at windows of every size, on shared instances and on its own, which are
// replaced under way. It ends with the lane's books: what was sent, how it settled, what both sides counted.
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import { Calls, Wrong } from "./calls.mjs";

const WINDOW_MAX = 4_000; // four times the slots of a lane: calls wait for one
/** How long the end of abandoned calls may take. */
const END_MS = 20_000;

export class Load {
  #lane;
  #row;
  #count;
  #random;
  #onSettled;
  #calls;
  #instances;
  #own = [];
  #next = 0;
  #ended = 0;
  /** Calls that have begun and not settled: their kinds. */
  #open = new Map();
  #starts = { begun: 0, replaced: 0, refused: 0, late: 0 };

  /**
   * @param shared what the shared instances' `share()` gave
   * @param onSettled hears how many calls have settled
   */
  constructor(lane, { row, count, random, shared, onSettled }) {
    this.#lane = lane;
    this.#row = row;
    this.#count = count;
    this.#random = random;
    this.#onSettled = onSettled;
    const entries = shared.map((each) => entry(lane.extension(each)));
    this.#instances = {
      echo: entries.filter(({ type }) => type === "echo"),
      misbehaving: entries.filter(({ type }) => type === "misbehaving"),
      bytes: [...entries],
    };
    this.#calls = new Calls(random, row, this.#instances);
  }

  async run() {
    for (const type of ["echo", "misbehaving"]) await this.#startOwn(type);
    for (let stretch = 0; this.#next < this.#count; stretch++) {
      const random = this.#random.at(this.#row, -2 - stretch);
      const window = random.magnitude(WINDOW_MAX);
      const end = Math.min(this.#count, this.#next + window * (1 + random.below(8)));
      const changes = random.oneIn(4) ? this.#changeInstances(random) : undefined;
      if (random.oneIn(2)) await this.#inBursts(window, end);
      else await this.#sliding(window, end);
      await changes;
      this.#calls.checkUntouched();
    }
    for (const { extension } of this.#own) await extension.shutdown();
    return this.#books();
  }

  /** All at once, and then the next. */
  async #inBursts(window, end) {
    while (this.#next < end) {
      const size = Math.min(window, end - this.#next);
      await Promise.all(Array.from({ length: size }, () => this.#one()));
    }
  }

  /** Each answer is followed by the next call. */
  async #sliding(window, end) {
    const follow = async () => {
      while (this.#next < end) await this.#one();
    };
    await Promise.all(Array.from({ length: window }, follow));
  }

  async #one() {
    const number = this.#next++;
    try {
      const [kind, ended] = this.#calls.run(number);
      this.#open.set(number, kind);
      await ended;
      this.#open.delete(number);
    } catch (error) {
      const what = error instanceof Wrong ? error.message : `it ended with ${error.code}: ${error.stack}`;
      throw new Error(`call ${number} of lane ${this.#row}: ${what}`);
    }
    this.#ended++;
    if ((this.#ended & 63) === 0 || this.#ended === this.#count) this.#onSettled(this.#ended);
  }

  // ---- instances ----

  async #startOwn(type) {
    const own = entry(await this.#lane.start(`${type}/lane-${this.#row}-${this.#starts.begun++}`));
    this.#own.push(own);
    this.#instances[type].push(own);
    this.#instances.bytes.push(own);
  }

  /** A new one, then the end of an old one that has calls under way; and starts that fail, or come too late. */
  #changeInstances(random) {
    const [type, wait] = [random.pick(["echo", "misbehaving"]), random.below(4)];
    const [failing, hanging] = [random.oneIn(3), random.oneIn(3)];
    const id = () => `misbehaving/lane-${this.#row}-${this.#starts.begun++}`;
    const replace = async () => {
      await this.#startOwn(type);
      const old = this.#own.find((own) => own.type === type && !own.ending);
      for (let turns = wait; turns > 0; turns--) await immediate();
      old.ending = true; // calls still come, and are refused
      await old.extension.shutdown();
      this.#remove(old);
      this.#starts.replaced++;
    };
    const refused = async () => {
      const code = await codeOf(this.#lane.start(id(), { start: { fail: "no" } }));
      if (code !== "TOLD_TO_FAIL") throw new Error(`a start that fails ended with ${code}`);
      this.#starts.refused++;
    };
    const late = async () => {
      const code = await codeOf(this.#lane.start(id(), { start: "hang" }, { deadline: 5 }));
      if (code !== "DEADLINE_EXCEEDED") throw new Error(`a start that hangs ended with ${code}`);
      this.#starts.late++;
    };
    return Promise.all([replace(), ...(failing ? [refused()] : []), ...(hanging ? [late()] : [])]);
  }

  #remove(old) {
    for (const list of [this.#own, this.#instances[old.type], this.#instances.bytes]) list.splice(list.indexOf(old), 1);
  }

  // ---- the end ----

  /** Waits for what was abandoned, and compares what both sides have counted. */
  async #books() {
    const lane = this.#lane;
    const isQuiet = ({ inFlight, waiting, rustRunning, rustHeldBytes, settled, rustCompletions, rustRequests }) =>
      inFlight + waiting + rustRunning + rustHeldBytes === 0 && settled === rustCompletions && settled === rustRequests;
    const until = performance.now() + END_MS;
    while (!isQuiet(lane.stats()) && performance.now() < until) await delay(20);
    const stats = lane.stats();
    const { ledger, kinds, items, bytes } = this.#calls;
    const settled = Object.values(ledger).reduce((sum, number) => sum + number, 0);
    const wrong = [];
    const equal = (what, found, wanted) => {
      if (found !== wanted) wrong.push(`${what}: ${found}, not ${wanted}`);
    };
    equal("calls settled", settled, this.#count);
    for (const gauge of ["inFlight", "waiting", "bytesInFlight", "rustRunning", "rustHeldBytes", "safetyTimerHits"]) {
      equal(gauge, stats[gauge], 0);
    }
    equal("rustRequests against completions consumed here", stats.rustRequests, stats.settled);
    equal("rustCompletions against completions consumed here", stats.rustCompletions, stats.settled);
    equal("panics", stats.panics, 0);
    // A long payload that is aborted before its last fragment was sent has no completion.
    const unsent = stats.calls - stats.settled;
    if (unsent < 0 || unsent > kinds.long)
      wrong.push(`${unsent} requests without a completion, ${kinds.long} were long`);
    return { row: this.#row, ledger, kinds, items, bytes, starts: this.#starts, stats, wrong };
  }

  /** For the watchdog. */
  state() {
    const { ledger } = this.#calls;
    const open = [...this.#open].slice(0, 20);
    return { row: this.#row, begun: this.#next, settled: this.#ended, open, ledger, stats: this.#lane.stats() };
  }
}

function entry(extension) {
  return { extension, type: extension.id.split("/")[0], ending: false };
}

async function codeOf(promise) {
  try {
    await promise;
    return "no error";
  } catch (error) {
    return error.code ?? error.stack;
  }
}
