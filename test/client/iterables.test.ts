/** Iterables as arguments: pulled when Rust wants items, told to return when it wants no more, in nobody's way. */
import { expect, test } from "vitest";
import { rejection } from "../support/runtime.ts";
import { TypedSuite } from "../support/typed.ts";

const suite = new TypedSuite();

/** More calls than a lane has places. */
const MANY = 1_100;

/** Waits after its first items until it is told to return. */
class Waiting {
  static returned = 0;
  readonly #items: number[];

  constructor(...items: number[]) {
    this.#items = items;
  }

  [Symbol.asyncIterator]() {
    return {
      next: (): Promise<IteratorResult<number>> => {
        const value = this.#items.shift();
        return value === undefined ? new Promise(() => {}) : Promise.resolve({ done: false, value });
      },
      return: (): Promise<IteratorResult<number>> => {
        Waiting.returned++;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

async function told(count: number): Promise<void> {
  while (Waiting.returned < count) await new Promise((resolve) => setImmediate(resolve));
  expect(Waiting.returned).toBe(count);
}

test("Rust reads iterables of either kind to their end", async () => {
  const typed = await suite.start();
  expect(await typed.sum([1, 2, 3])).toBe(6);
  expect(await typed.sum([])).toBe(0);
  async function* numbers(): AsyncGenerator<number> {
    for (let number = 1; number <= 1_000; number++) yield number;
  }
  expect(await typed.sum(numbers())).toBe(500_500);
});

test("an iterable is told to return when Rust wants no more, and is not pulled far ahead", async () => {
  const typed = await suite.start();
  let pulled = 0;
  let returned: (() => void) | undefined;
  const isReturned = new Promise<void>((resolve) => {
    returned = resolve;
  });
  async function* endless(): AsyncGenerator<number> {
    try {
      for (;;) yield pulled++;
    } finally {
      returned?.();
    }
  }
  expect(await typed.sum(endless(), 10)).toBe(45);
  await isReturned;
  expect(pulled).toBeLessThan(100);
});

test("what an iterable throws ends the stream in Rust, and so does an item of the wrong type", async () => {
  const typed = await suite.start();
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error("the source is dry");
  }
  expect(await rejection(typed.sum(failing()))).toMatchObject({ code: "SOURCE_FAILED", message: "the source is dry" });
  const wrong = await rejection(typed.sum([1, "x"]));
  expect(wrong).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(wrong.message).toMatch(/^item 1: invalid type: string "x", expected u32/);
  const reused = await rejection(typed.handle.call("sum", [12_345]));
  expect(reused).toMatchObject({ code: "INVALID_STATE" });
  expect(reused.message).toMatch(/^iterable 12345 is not open/);
});

test("more calls with iterables than there are places are all answered", async () => {
  const typed = await suite.start();
  const sums = await Promise.all(Array.from({ length: MANY }, (_, index) => typed.sum([1, index])));
  expect(sums).toEqual(Array.from({ length: MANY }, (_, index) => index + 1));
});

test("calls that fill every place, and wait for each other's items, go on", async () => {
  const typed = await suite.start();
  let last: ((item: number) => void) | undefined;
  const released = new Promise<number>((resolve) => {
    last = resolve;
  });
  async function* waits(): AsyncGenerator<number> {
    yield released;
  }
  async function* releases(): AsyncGenerator<number> {
    last?.(2);
    yield 1;
  }
  const waiting = Array.from({ length: 900 }, () => typed.sum(waits()));
  expect(await typed.sum(releases())).toBe(1);
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([2]));
});

test.each([
  ["a deadline that has passed", { deadline: 0 }, null, "DEADLINE_EXCEEDED"],
  ["a signal that was aborted", { signal: AbortSignal.abort() }, null, "ABORTED"],
  ["an argument that cannot be encoded", {}, 2n ** 70n, "INVALID_ARGUMENT"],
  ["an argument that Rust refuses", {}, "ten", "INVALID_ARGUMENT"],
])("calls that are refused before they begin leave nothing behind: %s", async (_, options, until, code) => {
  const typed = await suite.start();
  Waiting.returned = 0;
  const codes = new Set<unknown>();
  for (let call = 0; call < MANY; call++) {
    codes.add((await rejection(typed.sum(new Waiting(), until, options))).code);
  }
  expect([...codes]).toEqual([code]);
  expect(await typed.sum([5])).toBe(5);
  await told(MANY);
});

test("a call that is aborted tells its iterables to return, also while they wait", async () => {
  const typed = await suite.start();
  Waiting.returned = 0;
  const controllers = Array.from({ length: 100 }, () => new AbortController());
  const calls = controllers.map(({ signal }) => rejection(typed.sum(new Waiting(1, 2), null, { signal })));
  await typed.len();
  for (const controller of controllers) controller.abort();
  expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toEqual(new Set(["ABORTED"]));
  await told(100);
});

test("an item that cannot cross is the call's error: nothing is cut off in silence", async () => {
  const typed = await suite.start();
  Waiting.returned = 0;
  const long = await rejection(typed.sum(new Waiting(1, 2, new Uint8Array(17 * 2 ** 20) as unknown as number, 4)));
  expect(long).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  expect(long.message).toMatch(/^item 2 has 178257\d\d bytes, at most 16777212$/);
  const odd = await rejection(typed.sum(new Waiting(1, (2n ** 70n) as unknown as number, 3)));
  expect(odd).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(odd.message).toMatch(/^item 1 cannot be encoded: /);
  await told(2);
  // As many as fit into one answer, and the rest in the next.
  const bulky = await rejection(typed.sum([1, ...Array.from({ length: 20 }, () => new Uint8Array(2 ** 20))]));
  expect(bulky.message).toMatch(/^item 1: /);
});

test("a source that is none is refused, and one that cannot begin is the call's error", async () => {
  const typed = await suite.start();
  const none = await rejection(typed.sum(7));
  expect(none).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(none.message).toBe("Rust takes items from an iterable or async iterable, got 7");
  const broken = {
    [Symbol.iterator]() {
      throw new Error("not today");
    },
  };
  expect((await rejection(typed.sum(broken))).message).toBe("not today");
});

test("a shutdown while Rust waits for an iterable ends the call, and tells the iterable", async () => {
  const typed = await suite.runtime.start(suite.client.Typed, {});
  Waiting.returned = 0;
  // biome-ignore lint/suspicious/noExplicitAny: generated
  const call = rejection((typed as any).sum(new Waiting(1)));
  // biome-ignore lint/suspicious/noExplicitAny: generated
  await (typed as any).len();
  // biome-ignore lint/suspicious/noExplicitAny: generated
  await (typed as any).shutdown();
  expect(await call).toMatchObject({ code: "SHUT_DOWN" });
  await told(1);
});

test("a handler in TypeScript that hands its context on may pass iterables and read streams", async () => {
  const typed = await suite.start();
  const caller = await suite.runtime.start("caller");
  const stop = suite.runtime.provide("within", async (_, context) => {
    let sum = Number(await typed.sum([1, 2], null, context));
    for await (const item of typed.count(3, null, context)) sum += item;
    return new TextEncoder().encode(String(sum));
  });
  const answers = Array.from({ length: MANY }, () => caller.call("ask", { name: "within" }));
  expect(new Set(await Promise.all(answers))).toEqual(new Set(["6"]));
  stop();
  await caller.shutdown();
});
