// What one call of the soak does, and what its answer must be. Every kind draws all its numbers before it awaits, so
// that the plan of a call hangs on its number alone, whatever happens around it.
import { isDeepStrictEqual } from "node:util";

const HALF_RING = 512 * 1024;
const SOURCE_BYTES = 4 * 2 ** 20;
/** What a buffer holds that nobody may write into any more. */
const UNTOUCHED = 0xaa;

/** How often each kind is drawn, of 100,000. */
const KINDS = [
  ["plain", 62_000],
  ["roundTrip", 6_000],
  ["act", 5_000],
  ["into", 6_000],
  ["reused", 5_000],
  ["sleep", 3_000],
  ["blocking", 700],
  ["abortHung", 3_000],
  ["abortRace", 3_000],
  ["abortedBefore", 500],
  ["deadlineHung", 2_500],
  ["deadlineRace", 2_000],
  ["long", 20],
  ["batch", 700],
  ["failingBatch", 150],
  ["abortedBatch", 130],
  ["write", 200],
  ["sync", 100],
];
const TOTAL = KINDS.reduce((sum, [, weight]) => sum + weight, 0);

/** An answer, or an end, that is none of those that were allowed. */
export class Wrong extends Error {}

/** The calls of one lane. */
export class Calls {
  /** Promises that settled, by how. */
  ledger = { answered: 0, refused: 0, aborted: 0, late: 0, shutDown: 0 };
  /** How many of each kind began. */
  kinds = Object.fromEntries(KINDS.map(([name]) => [name, 0]));
  items = 0;
  bytes = 0;
  #random;
  #row;
  #instances;
  #source;
  #scratch = new Uint8Array(64 * 1024);
  #buffers = [];
  #untouched = [];
  #now = performance.now();

  /** @param instances lists of `{ extension, ending }` by type; they may be replaced while calls are under way */
  constructor(random, row, instances) {
    this.#random = random;
    this.#row = row;
    this.#instances = instances;
    this.#source = random.at(row, -1).fill(new Uint8Array(SOURCE_BYTES));
  }

  /** Runs the call of that number: its kind, and its end, which rejects with {@link Wrong} or what was not allowed. */
  run(number) {
    const random = this.#random.at(this.#row, number);
    let left = random.below(TOTAL);
    let kind = "";
    for (const [name, weight] of KINDS) {
      kind = name;
      left -= weight;
      if (left < 0) break;
    }
    this.kinds[kind]++;
    return [kind, this[kind](random, number)];
  }

  /** Buffers of aborted calls are their owners' again: whether nobody wrote into them since. */
  checkUntouched() {
    for (const bytes of this.#untouched) {
      if (bytes.some((byte) => byte !== UNTOUCHED)) throw new Wrong("an aborted call's buffer was written into");
    }
    this.#untouched = [];
  }

  // ---- bytes ----

  async plain(random) {
    const to = random.pick(this.#instances.bytes);
    const payload = this.#payload(random, this.#length(random));
    const lend = random.oneIn(4);
    await this.#expect(to, payload, () =>
      to.extension.call(this.#echo(random, to), payload, lend ? { lend } : undefined),
    );
  }

  /** The caller changes its payload as soon as `call` has returned. */
  async reused(random) {
    const to = random.pick(this.#instances.bytes);
    const payload = this.#payload(random, random.magnitude(this.#scratch.length));
    await this.#expect(to, payload, () => {
      this.#scratch.set(payload);
      const answer = to.extension.call(this.#echo(random, to), this.#scratch.subarray(0, payload.length));
      this.#scratch.fill(0xee, 0, payload.length);
      return answer;
    });
  }

  async into(random) {
    const to = random.pick(this.#instances.bytes);
    const payload = this.#payload(random, this.#length(random));
    const into = this.#buffers.pop() ?? new Uint8Array(8_192);
    const guard = Math.min(payload.length, into.length);
    into.fill(UNTOUCHED, guard, guard + 8);
    const answer = await this.#expect(to, payload, () => to.extension.call(this.#echo(random, to), payload, { into }));
    if (answer !== undefined && payload.length > 0 && payload.length <= into.length && answer.buffer !== into.buffer) {
      throw new Wrong(`a result of ${payload.length} bytes did not go into a buffer of ${into.length}`);
    }
    if (into.subarray(guard, guard + 8).some((byte) => byte !== UNTOUCHED))
      throw new Wrong("a result ran over its end");
    this.#buffers.push(into);
  }

  /** Over half a byte ring: it crosses in fragments. Every fourth is aborted on its way. */
  async long(random, number) {
    const to = random.pick(this.#instances.bytes);
    const payload = this.#payload(random, HALF_RING + 1 + random.magnitude(3 * 2 ** 20));
    const into = random.oneIn(3) ? new Uint8Array(payload.length) : undefined;
    if (!random.oneIn(4)) {
      await this.#expect(to, payload, () => to.extension.call("echo", payload, { into }));
      return;
    }
    const controller = new AbortController();
    const wait = random.below(3);
    const answer = this.#expect(
      to,
      payload,
      () => to.extension.call("echo", payload, { into, signal: controller.signal }),
      {
        ABORTED: (error) => error.cause === number,
      },
    );
    if (wait === 0) controller.abort(number);
    else setTimeout(() => controller.abort(number), wait);
    if ((await answer) === undefined && into !== undefined) this.#untouched.push(into.fill(UNTOUCHED));
  }

  async blocking(random) {
    const to = random.pick(this.#instances.echo);
    const payload = this.#payload(random, this.#length(random));
    await this.#expect(to, payload, () => to.extension.call("blocking", payload));
  }

  // ---- values ----

  async roundTrip(random, number) {
    const to = random.pick(this.#instances.misbehaving);
    const value = { number, list: [number, "x".repeat(random.below(60)), null], nested: { deep: random.word() } };
    const answer = await this.#settle(to, () => to.extension.call("round_trip", value));
    if (answer !== undefined && !isDeepStrictEqual(answer, value)) throw new Wrong("a value came back changed");
  }

  async act(random, number) {
    const to = random.pick(this.#instances.misbehaving);
    const method = random.oneIn(20) ? "act_blocking" : "act";
    if (random.oneIn(2)) {
      await this.#settle(to, () => to.extension.call(method, "succeed"));
      return;
    }
    const refusal = { TOLD_TO_FAIL: (error) => error.message === `no ${number}` && error.retryable };
    const answer = await this.#settle(to, () => to.extension.call(method, { fail: `no ${number}` }), refusal);
    if (answer !== undefined) throw new Wrong("it was told to fail, and answered");
  }

  async sleep(random) {
    const to = random.pick(this.#instances.misbehaving);
    const milliseconds = random.below(3);
    const answer = await this.#settle(to, () => to.extension.call("sleep", milliseconds));
    if (answer !== undefined && answer !== milliseconds) throw new Wrong(`sleep(${milliseconds}) answered ${answer}`);
  }

  // ---- ends before the answer ----

  async abortHung(random, number) {
    const to = random.pick(this.#instances.misbehaving);
    const signal = this.#signal(random.below(3), number);
    const allowed = { ABORTED: (error) => error.cause === number };
    const answer = await this.#settle(to, () => to.extension.call("act", "hang", { signal }), allowed);
    if (answer !== undefined) throw new Wrong("a call that hangs was answered");
  }

  async abortRace(random, number) {
    const to = random.pick(this.#instances.bytes);
    const payload = this.#payload(random, this.#length(random));
    const signal = this.#signal(random.below(3), number);
    const into = random.oneIn(4) ? (this.#buffers.pop() ?? new Uint8Array(8_192)) : undefined;
    const call = () => to.extension.call(this.#echo(random, to), payload, { signal, into });
    const answer = await this.#expect(to, payload, call, { ABORTED: (error) => error.cause === number });
    if (answer === undefined && into !== undefined) this.#untouched.push(into.fill(UNTOUCHED));
  }

  async abortedBefore(random, number) {
    const to = random.pick(this.#instances.bytes);
    const signal = AbortSignal.abort(number);
    const allowed = { ABORTED: (error) => error.cause === number };
    const answer = await this.#settle(
      to,
      () => to.extension.call("echo", this.#payload(random, 9), { signal }),
      allowed,
    );
    if (answer !== undefined) throw new Wrong("a call whose signal was aborted before it was answered");
  }

  async deadlineHung(random) {
    const to = random.pick(this.#instances.misbehaving);
    const deadline = random.below(4);
    const allowed = { DEADLINE_EXCEEDED: () => true };
    const answer = await this.#settle(to, () => to.extension.call("act", "hang", { deadline }), allowed);
    if (answer !== undefined) throw new Wrong("a call that hangs was answered");
  }

  async deadlineRace(random) {
    const to = random.pick(this.#instances.bytes);
    const payload = this.#payload(random, this.#length(random));
    const deadline = random.oneIn(2) ? 60_000 : random.below(3);
    const allowed = deadline === 60_000 ? {} : { DEADLINE_EXCEEDED: () => true };
    await this.#expect(to, payload, () => to.extension.call(this.#echo(random, to), payload, { deadline }), allowed);
  }

  // ---- many in one ----

  async batch(random) {
    const to = random.pick(this.#instances.bytes);
    const items = Array.from({ length: random.magnitude(400) - 1 }, () =>
      this.#payload(random, random.magnitude(2_000) - 1),
    );
    this.items += items.length;
    const answers = await this.#settle(to, () => to.extension.callMany(this.#echo(random, to), items));
    if (answers === undefined) return;
    if (answers.length !== items.length) throw new Wrong(`${items.length} items had ${answers.length} answers`);
    items.forEach((item, index) => {
      if (Buffer.compare(answers[index], item) !== 0) throw new Wrong(`item ${index} came back changed`);
    });
  }

  async failingBatch(random, number) {
    const to = random.pick(this.#instances.misbehaving);
    const acts = Array.from({ length: random.magnitude(60) }, () =>
      random.oneIn(5) ? { fail: `${number}` } : "succeed",
    );
    const failing = acts.flatMap((act, index) => (act === "succeed" ? [] : [index]));
    this.items += acts.length;
    const allowed = {
      BATCH_FAILED: ({ failures }) =>
        isDeepStrictEqual(
          failures.map(({ index }) => index),
          failing,
        ) && failures.every(({ error }) => error.message === `${number}`),
    };
    const answer = await this.#settle(to, () => to.extension.callMany("act", acts), allowed);
    if (answer !== undefined && failing.length > 0) throw new Wrong("items were told to fail, and answered");
  }

  async abortedBatch(random, number) {
    const to = random.pick(this.#instances.misbehaving);
    const acts = Array.from({ length: random.magnitude(60) + 1 }, (_, index) => (index === 0 ? "hang" : "succeed"));
    const signal = this.#signal(random.below(3), number);
    this.items += acts.length;
    const allowed = {
      ABORTED: (error) => error.cause === number,
      BATCH_FAILED: ({ failures }) => failures.every(({ error }) => error.code === "ABORTED" && error.cause === number),
    };
    const answer = await this.#settle(to, () => to.extension.callMany("act", acts, { signal }), allowed);
    if (answer !== undefined) throw new Wrong("a batch with an item that hangs was answered");
  }

  async write(random, number) {
    const to = random.pick(this.#instances.misbehaving);
    const items = Array.from({ length: random.magnitude(500) }, () =>
      random.oneIn(200) ? { fail: `${number}` } : "succeed",
    );
    const failing = items.filter((item) => item !== "succeed").length;
    const highWaterMark = random.oneIn(2) ? 1_024 : undefined;
    this.items += items.length;
    let told = 0;
    const count = (error) => {
      const found = /^(\d+) of \d+ written items failed; the first: (.*)$/.exec(error.message);
      if (error.code !== "WRITE_FAILED" || found?.[2] !== `${number}`) throw error;
      told += Number(found[1]);
    };
    const written = await this.#settle(to, async () => {
      const writer = to.extension.writer("act", highWaterMark === undefined ? {} : { highWaterMark });
      for (const item of items) if (!writer.write(item)) await writer.drain().catch(count);
      const end = await writer.end().catch(count);
      return { end };
    });
    if (written === undefined || to.ending) return;
    if (told !== failing) throw new Wrong(`${failing} items were told to fail, the writer told of ${told}`);
    if (written.end !== undefined && written.end.written !== items.length) throw new Wrong("items were not written");
  }

  async sync(random) {
    const to = random.pick(this.#instances.bytes);
    const payload = this.#payload(random, this.#length(random));
    await this.#expect(to, payload, () => to.extension.callSync(this.#echo(random, to), payload, { timeout: 30_000 }));
  }

  // ---- parts ----

  /** A method that gives bytes back; what it draws comes before any wait. */
  #echo(random, to) {
    if (to.type === "echo") return random.oneIn(3) ? "now" : "echo";
    return random.oneIn(3) ? "yield" : "echo";
  }

  /** Nothing, what fits into an entry, what fits into the byte ring. */
  #length(random) {
    const draw = random.below(1_000);
    if (draw < 100) return 0;
    if (draw < 550) return random.below(25);
    if (draw < 900) return random.below(400);
    if (draw < 996) return random.below(6_000);
    return random.below(200_000);
  }

  #payload(random, length) {
    this.bytes += length;
    const from = random.below(SOURCE_BYTES - length);
    return this.#source.subarray(from, from + length);
  }

  /** A signal that is aborted at once, after the microtasks, or a moment later. */
  #signal(when, reason) {
    const controller = new AbortController();
    if (when === 0) queueMicrotask(() => controller.abort(reason));
    else if (when === 1) setImmediate(() => controller.abort(reason));
    else setTimeout(() => controller.abort(reason), 1);
    return controller.signal;
  }

  async #expect(to, payload, call, allowed) {
    const answer = await this.#settle(to, call, allowed);
    if (answer !== undefined && Buffer.compare(answer, payload) !== 0) {
      throw new Wrong(`${payload.length} bytes came back changed, as ${answer.length}`);
    }
    return answer;
  }

  /** Awaits what was called. Undefined when it ended in one of the ways that are allowed; each is counted once. */
  async #settle(to, call, allowed = {}) {
    try {
      const answer = await call();
      this.ledger.answered++;
      return answer ?? null;
    } catch (error) {
      this.#judge(to, error, allowed);
      return undefined;
    }
  }

  #judge(to, error, allowed) {
    const name = NAMES[error.code] ?? "refused";
    if (allowed[error.code]?.(error)) this.ledger[name]++;
    else if (to.ending && isEnd(error)) this.ledger.shutDown++;
    else throw error;
  }
}

const NAMES = { ABORTED: "aborted", DEADLINE_EXCEEDED: "late" };
const ENDS = ["SHUT_DOWN", "CANCELLED"];
const ENDS_IN_BATCH = [...ENDS, "TOLD_TO_FAIL", "ABORTED"];

/** What calls of an instance get that is being shut down: alone, or with others in a batch. */
function isEnd(error) {
  if (error.code === "BATCH_FAILED") return error.failures.every(({ error }) => ENDS_IN_BATCH.includes(error.code));
  if (error.code === "WRITE_FAILED") return ENDS_IN_BATCH.includes(error.cause?.code);
  return ENDS.includes(error.code);
}
