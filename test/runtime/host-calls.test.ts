/** Rust calls TypeScript: functions of the program, with the same guarantees as calls the other way. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ExtensionHandle, FerruleError, permanent, type Runtime, withHttpStatus } from "../../dist/index.js";
import { HostCalls } from "../../dist/runtime/host-calls.js";
import { openForTest, pattern, rejection } from "../support/runtime.ts";

async function caller(options = {}): Promise<[Runtime, ExtensionHandle]> {
  const runtime = await openForTest(options);
  return [runtime, await runtime.start("caller")];
}

/** Resolves when the handler was called so often, which is all that has to be waited for. */
class Gathering {
  readonly #wanted: number;
  #count = 0;
  #reached!: () => void;
  readonly reached = new Promise<void>((resolve) => {
    this.#reached = resolve;
  });

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  arrive(): void {
    if (++this.#count === this.#wanted) this.#reached();
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const never = new Promise<never>(() => {});

test.each([0, 2])("a function gets its payload, and Rust its answer, with %i workers", async (workers) => {
  const [runtime, rust] = await caller({ workers });
  runtime.provide("upper", (payload) => Buffer.from(text(payload).toUpperCase()));
  runtime.provide("later", async (payload) => payload.slice().reverse());
  runtime.provide("nothing", () => undefined);
  expect(await rust.call("ask", { name: "upper", payload: "hello" })).toBe("HELLO");
  expect(await rust.call("ask_blocking", { name: "later", payload: "abc" })).toBe("cba");
  expect(await rust.call("ask", { name: "nothing", payload: "abc" })).toBe("");
});

test("payloads of every size cross whole, both ways", async () => {
  const [runtime, rust] = await caller();
  runtime.provide("echo", (payload) => payload);
  const edges = [0, 1, 24, 25, 52, 4_096, 32_600, 32_700, 32_768, 65_536, 524_288, 524_289, 2 ** 21];
  const length = fc.oneof(fc.constantFrom(...edges), fc.nat(100_000));
  await fc.assert(
    fc.asyncProperty(fc.array(length, { minLength: 1, maxLength: 12 }), fc.boolean(), async (lengths, reads) => {
      const metadata = reads ? { metadata: { key: ["value".repeat(2_000)] } } : undefined;
      const calls = lengths.map((each, seed) => rust.call("echo", pattern(each, seed), metadata));
      const answers = (await Promise.all(calls)) as Uint8Array[];
      for (const [seed, each] of lengths.entries()) {
        expect(Buffer.compare(answers[seed] as Uint8Array, pattern(each, seed))).toBe(0);
      }
    }),
    { numRuns: 25 },
  );
  expect(runtime.stats().answering).toBe(0);
});

test("the longest payload crosses, and a longer result is refused", async () => {
  const [runtime, rust] = await caller({ payloadMax: 2 ** 20 });
  runtime.provide("echo", (payload) => payload);
  const whole = pattern(2 ** 20);
  expect(Buffer.compare((await rust.call("echo", whole)) as Uint8Array, whole)).toBe(0);
  runtime.provide("long", () => new Uint8Array(2 ** 20 + 1));
  const error = await rejection(rust.call("ask", { name: "long" }));
  expect(error).toMatchObject({ code: "RESULT_TOO_LARGE", message: "result of 1048577 bytes, at most 1048576" });
});

test("what a context says reaches the handler, and the calls that it makes in turn", async () => {
  const [runtime, rust] = await caller();
  const peer = await runtime.start("peer");
  const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
  const said = { ...trace, traceState: "a=b", metadata: { "x-tenant": ["blue"] }, auth: { subject: "ann" } };
  let heard: object = {};
  runtime.provide("relay", async (_, context) => {
    heard = context;
    return Buffer.from(JSON.stringify(await peer.call("context", ["X-Tenant"], context)));
  });
  const answer = JSON.parse((await rust.call("ask", { name: "relay" }, { ...said, deadline: 60_000 })) as string);
  expect(heard).toMatchObject(said);
  expect((heard as { deadline: number }).deadline).toBeGreaterThan(0);
  expect(answer).toMatchObject({ metadata: [["blue"]], auth: "ann", flags: 1, hasDeadline: true });
});

test("what a handler throws arrives in Rust with code, kind, causes", async () => {
  const [runtime, rust] = await caller();
  const inner = new FerruleError("INNER", "inner", { retryable: true, cause: new Error("innermost") });
  const system = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  const errors: Record<string, unknown> = {
    ferrule: new FerruleError("OUTER", "outer", { retryAfter: 1.5, retryable: true, downstream: true, cause: inner }),
    permanent: permanent(withHttpStatus(new Error("busy"), 503)),
    system,
    busy: Object.assign(new Error("busy"), { code: "BUSY", retryable: true }),
    never: new Error("outer", { cause: Object.assign(new Error("inner"), { permanent: true }) }),
    text: "just a text",
    nothing: undefined,
    surrogate: new Error("half \ud800"),
  };
  for (const [name, error] of Object.entries(errors)) {
    runtime.provide(name, () => Promise.reject(error));
  }
  const of = (name: string) => rust.call("error", { name });
  const causes = ["inner", "innermost"];
  const outer = { code: "OUTER", message: "outer", kind: "Retryable", retryAfter: 2, downstream: true, causes };
  expect(await of("ferrule")).toMatchObject(outer);
  expect(await of("permanent")).toMatchObject({ kind: "Permanent", http: 503, message: "Permanent error: busy" });
  expect(await of("system")).toMatchObject({ code: "ECONNREFUSED", message: "refused", kind: "Unspecified" });
  expect(await of("busy")).toMatchObject({ code: "BUSY", message: "busy", kind: "Retryable" });
  expect(await of("never")).toMatchObject({ message: "outer", kind: "Permanent" });
  expect(await of("text")).toMatchObject({ code: "EXTENSION_ERROR", message: "just a text", component: null });
  expect(await of("nothing")).toMatchObject({ message: "undefined" });
  expect(await of("surrogate")).toMatchObject({ message: "half \ufffd" });
  // And on to whoever called Rust.
  const error = await rejection(rust.call("ask", { name: "ferrule" }));
  expect(error).toMatchObject({ code: "OUTER", retryAfter: 2, retryable: true, downstream: true });
  expect(error.cause).toMatchObject({ code: "INNER", retryable: true, cause: { message: "innermost" } });
});

test("an error with endless causes arrives all the same", async () => {
  const [runtime, rust] = await caller();
  const circle = new Error("a");
  circle.cause = new Error("b", { cause: circle });
  let long = new Error("first");
  for (let each = 0; each < 100; each++) long = new Error("\u0001".repeat(20_000 + each), { cause: long });
  runtime.provide("circle", () => Promise.reject(circle));
  runtime.provide("long", () => Promise.reject(long));
  expect(await rust.call("error", { name: "circle" })).toMatchObject({ message: "a", causes: ["b"] });
  const { message, causes } = (await rust.call("error", { name: "long" })) as { message: string; causes: string[] };
  expect(message).toMatch(/\(\d+ characters more\)$/);
  expect(causes).toEqual([expect.stringMatching(/^\.\.\. \(33 causes of \d+ bytes\)$/)]);
});

test.each<[unknown, string]>([
  ["a text", "string"],
  [null, "null"],
  [{}, "Object"],
  [new Uint16Array(2), "Uint16Array"],
  [Promise.resolve(7), "number"],
])("a handler that answers %j is told", async (answer, name) => {
  const [runtime, rust] = await caller();
  runtime.provide("odd", () => answer as Uint8Array);
  const text = `the handler answered ${name}, and not bytes (a Uint8Array) or nothing; valuesHandler() makes one that answers values`;
  expect(await rejection(rust.call("ask", { name: "odd" }))).toMatchObject({ code: "CODEC_ERROR", message: text });
});

test("functions that are not there, no longer, or twice", async () => {
  const [runtime, rust] = await caller();
  const none = await rejection(rust.call("ask", { name: "lookup" }));
  const said = 'no function "lookup" is provided; the functions: none';
  expect(none).toMatchObject({ code: "UNKNOWN_FUNCTION", permanent: true, message: said });
  const take = runtime.provide("look_up", (payload) => payload);
  runtime.provide("other", (payload) => payload);
  const near = await rejection(rust.call("ask", { name: "lookup" }));
  expect(near.message).toBe('no function "lookup" is provided; did you mean "look_up"? the functions: look_up, other');
  const twice = 'function "other" is provided already';
  expect(() => runtime.provide("other", () => undefined)).toThrow(twice);
  expect(() => runtime.provide("", () => undefined)).toThrow("a non-empty string");
  expect(() => runtime.provide("x", 7 as never)).toThrow('function "x" must be a function, got 7');
  take();
  take();
  expect((await rejection(rust.call("ask", { name: "look_up" }))).code).toBe("UNKNOWN_FUNCTION");
  runtime.provide("look_up", () => Buffer.from("new"));
  take();
  expect(await rust.call("ask", { name: "look_up" })).toBe("new");
});

test("a dropped future, a deadline, and an aborted caller abort the handler's signal", async () => {
  const [runtime, rust] = await caller();
  const reasons: Promise<string>[] = [];
  runtime.provide("hang", (_, { signal }) => {
    const aborted = new Promise<FerruleError>((resolve) => {
      signal.addEventListener("abort", () => resolve(signal.reason as FerruleError));
    });
    reasons.push(aborted.then(({ code }) => code));
    return aborted.then((reason) => Promise.reject(reason));
  });
  expect((await rejection(rust.call("ask", { name: "hang", drop_after: 200 }))).code).toBe("DROPPED");
  expect((await rejection(rust.call("ask", { name: "hang", deadline: 200 }))).code).toBe("DEADLINE_EXCEEDED");
  expect((await rejection(rust.call("ask", { name: "hang" }, { deadline: 200 }))).code).toBe("DEADLINE_EXCEEDED");
  const controller = new AbortController();
  const aborted = rejection(rust.call("ask", { name: "hang" }, { signal: controller.signal }));
  const blocking = rejection(rust.call("ask_blocking", { name: "hang", drop_after: 200 }));
  await rust.call("running");
  controller.abort("enough");
  expect([(await aborted).code, (await blocking).code]).toEqual(["ABORTED", "DROPPED"]);
  const heard = await Promise.all(reasons);
  expect(new Set(heard)).toEqual(new Set(["ABORTED", "DEADLINE_EXCEEDED"]));
  expect(heard).toHaveLength(5);
  await rust.call("running");
  expect(runtime.stats()).toMatchObject({ callsFromRust: 5, answersToRust: 5, answering: 0 });
});

test("calls that go at any moment leave nothing behind", async () => {
  const [runtime, rust] = await caller();
  runtime.provide("slow", async (payload, { signal }) => {
    for (let turn = 0; turn < payload.length % 7 && !signal.aborted; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return payload;
  });
  const size = fc.oneof(fc.nat(200), fc.nat(150_000));
  const one = fc.record({ size, abort: fc.option(fc.nat(6)), drop: fc.option(fc.nat(3)) });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 30 }), async (calls) => {
      const ended = calls.map(async ({ size, abort, drop }) => {
        const controller = new AbortController();
        const payload = "x".repeat(size);
        const more = drop === null ? {} : { drop_after: drop };
        const call = rust.call("ask", { name: "slow", payload, ...more }, { signal: controller.signal });
        const outcome = call.then(
          (answer) => expect(answer).toBe(payload),
          (error: FerruleError) => expect(["ABORTED", "DROPPED"]).toContain(error.code),
        );
        for (let turn = 0; turn < (abort ?? 0); turn++) await new Promise((resolve) => setImmediate(resolve));
        if (abort !== null) controller.abort();
        await outcome;
      });
      await Promise.all(ended);
    }),
    { numRuns: 40 },
  );
  // Handlers of calls that were dropped may still be running; a last call comes after their last turn.
  const isBusy = (): boolean => runtime.stats().answering !== 0 || runtime.stats().inFlight !== 0;
  while (isBusy()) await new Promise((resolve) => setImmediate(resolve));
  expect(await rust.call("running")).toBe(0);
  const { callsFromRust, answersToRust } = runtime.stats();
  expect(answersToRust).toBe(callsFromRust);
});

test("no more handlers run at once than may, and the others wait their turn", async () => {
  const [runtime, rust] = await caller();
  let [running, most, released] = [0, 0, false];
  const full = new Gathering(256);
  let release!: () => void;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  runtime.provide("gated", async (payload) => {
    most = Math.max(most, ++running);
    if (!released) full.arrive();
    await gate;
    running--;
    return payload;
  });
  const many = rust.call("many", { name: "gated", count: 1_000, window: 600 });
  await full.reached;
  // Rust has nothing more to say: what it says next comes after whatever it could have said.
  await rust.call("running");
  expect(runtime.stats()).toMatchObject({ callsFromRust: 256, answering: 256 });
  released = true;
  release();
  expect(await many).toBe(1_000);
  expect(most).toBe(256);
});

test("a handler that ignores its signal keeps its place", async () => {
  const [runtime, rust] = await caller();
  const releases: (() => void)[] = [];
  const full = new Gathering(256);
  runtime.provide("deaf", () => {
    full.arrive();
    return new Promise((resolve) => releases.push(() => resolve(undefined)));
  });
  const dropped = Array.from({ length: 300 }, () => rejection(rust.call("ask", { name: "deaf", drop_after: 300 })));
  await full.reached;
  expect(new Set((await Promise.all(dropped)).map(({ code }) => code))).toEqual(new Set(["DROPPED"]));
  expect(runtime.stats()).toMatchObject({ callsFromRust: 256, answering: 256 });
  runtime.provide("echo", (payload) => payload);
  const waiting = rust.call("echo", Buffer.from("x"));
  for (const release of releases) release();
  expect(text((await waiting) as Uint8Array)).toBe("x");
});

test.each([0, 2])(
  "they call each other to and fro, more at once than there are places, with %i workers",
  async (workers) => {
    const [runtime, rust] = await caller({ workers });
    runtime.provide("again", async (payload, context) => {
      const left = (payload[0] ?? 0) - 1;
      if (left === 0) return Uint8Array.of(payload[1] ?? 0);
      return (await rust.call("again", Uint8Array.of(left, payload[1] ?? 0), context)) as Uint8Array;
    });
    const answers = await Promise.all(
      Array.from({ length: 2_000 }, (_, number) => rust.call("again", Uint8Array.of(1 + (number % 5), number & 0xff))),
    );
    for (const [number, answer] of answers.entries()) expect((answer as Uint8Array)[0]).toBe(number & 0xff);
    expect(runtime.stats()).toMatchObject({ answering: 0, inFlight: 0 });
  },
);

test("those that call each other for ever are told", async () => {
  const [runtime, rust] = await caller();
  runtime.provide("again", (payload, context) => rust.call("again", payload, context) as Promise<Uint8Array>);
  const error = await rejection(rust.call("again", new Uint8Array(30)));
  expect(error).toMatchObject({ code: "CALLS_TOO_DEEP", permanent: true });
});

test("events that find no space do not hold up the answers that free it", async () => {
  const [runtime, rust] = await caller();
  runtime.provide("echo", (payload) => payload);
  // 30 MiB towards Rust, and from there through the 256 KiB of events.
  const calls = Array.from({ length: 300 }, (_, seed) => rust.call("echo", pattern(100_000, seed)));
  const answers = (await Promise.all(calls)) as Uint8Array[];
  for (const [seed, answer] of answers.entries()) expect(Buffer.compare(answer, pattern(100_000, seed))).toBe(0);
});

test("closing lets handlers answer, and a shutdown call out; what hangs ends with the runtime", async () => {
  const [runtime, rust] = await caller();
  let aborted: unknown;
  const begun = new Gathering(2);
  let goodbye = "";
  runtime.provide("goodbye", (payload) => {
    goodbye = text(payload);
  });
  runtime.provide("quick", async (payload) => {
    begun.arrive();
    await new Promise((resolve) => setImmediate(resolve));
    return payload;
  });
  runtime.provide("hang", (_, { signal }) => {
    begun.arrive();
    signal.addEventListener("abort", () => {
      aborted = signal.reason;
    });
    return never;
  });
  const quick = rust.call("ask", { name: "quick", payload: "a" });
  const hanging = rejection(rust.call("ask", { name: "hang" }));
  await begun.reached;
  const closing = runtime.close({ grace: 400 });
  expect(() => runtime.provide("late", () => undefined)).toThrow("the runtime is closed");
  expect(await quick).toBe("a");
  await closing;
  expect(["RUNTIME_CLOSED", "CANCELLED"]).toContain((await hanging).code);
  expect(aborted).toMatchObject({ code: "ABORTED" });
  expect(goodbye).toBe("caller");
});

test("shutting the caller down ends its calls", async () => {
  const [runtime, rust] = await caller();
  const begun = new Gathering(1);
  const aborted = new Gathering(1);
  runtime.provide("hang", (_, { signal }) => {
    begun.arrive();
    signal.addEventListener("abort", () => aborted.arrive());
    return never;
  });
  const hanging = rejection(rust.call("ask", { name: "hang" }));
  await begun.reached;
  await rust.shutdown({ deadline: 2_000 }); // calls may finish for half of it
  expect((await hanging).code).toBe("CANCELLED");
  await aborted.reached;
});

test("a hundred thousand calls from Rust: every one is answered, and both sides agree", async () => {
  const [runtime, rust] = await caller();
  let handled = 0;
  runtime.provide("echo", (payload) => {
    handled++;
    return handled % 2 === 0 ? payload : Promise.resolve(payload);
  });
  const count = 100_000;
  expect(await rust.call("many", { name: "echo", count, window: 300 })).toBe(count);
  expect(handled).toBe(count);
  const stats = runtime.stats();
  expect(stats).toMatchObject({ callsFromRust: count, answersToRust: count, answering: 0, inFlight: 0, waiting: 0 });
  expect(stats.calls).toBe(count + 2); // the answers, the start, and the call that asked for it all
  expect(stats).toMatchObject({ settled: stats.calls, rustRequests: stats.calls, rustCompletions: stats.calls });
});

test.each<[string, number[], string]>([
  ["too short", [1, 2, 3], "an event of a call has 3 bytes"],
  ["a head longer than all", [0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0], "a call has 8 bytes, 9 of head"],
  ["longer than may be", [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 255], "2 of head"],
])("an event of a call that cannot be: %s", (_, bytes, text) => {
  const calls = new HostCalls({ payloadMax: 2 ** 20, engine: () => expect.unreachable() });
  expect(() => calls.begin(Uint8Array.from(bytes))).toThrow(text);
});

test("pieces that belong to no call, or are too many", () => {
  const calls = new HostCalls({ payloadMax: 2 ** 20, engine: () => expect.unreachable() });
  const name = [7, 0, 0, 0, 1, 0, 0, 0];
  expect(() => calls.goOn(Uint8Array.from([...name, 1]))).toThrow("1 bytes of a call do not belong to one");
  calls.begin(Uint8Array.from([...name, 2, 0, 0, 0, 4, 0, 0, 0, 123]));
  expect(() => calls.begin(Uint8Array.from([...name, 2, 0, 0, 0, 4, 0, 0, 0, 123]))).toThrow("is under way");
  expect(() => calls.goOn(Uint8Array.from([...name, 1, 2, 3, 4]))).toThrow("4 bytes of a call do not belong to one");
  calls.cancel(Uint8Array.from([7, 0, 0, 0, 2, 0, 0, 0])); // another's: it may have been answered
  expect(calls.stats()).toMatchObject({ callsFromRust: 1, answering: 1 });
});

test("a method that calls TypeScript answers no synchronous call before its timeout, and goes on", async () => {
  const [runtime, rust] = await caller();
  runtime.provide("echo", (payload) => payload);
  expect(() => rust.callSync("echo", Buffer.from("x"), { timeout: 50 })).toThrow("no answer within 50 ms");
  expect(text((await rust.call("echo", Buffer.from("y"))) as Uint8Array)).toBe("y");
});
