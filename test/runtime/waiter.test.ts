/** When the engine looks, and when it sleeps: the waiter alone, with a hand-driven host. */
import { expect, test } from "vitest";
import { Doorbell } from "../../dist/ring/doorbell.js";
import * as layout from "../../dist/ring/layout.generated.js";
import { Words } from "../../dist/ring/words.js";
import { Waiter, type WaiterHost } from "../../dist/runtime/waiter.js";

function setUp(host: Partial<WaiterHost>) {
  const words = new Words(new ArrayBuffer(64));
  const sleeps: boolean[] = [];
  const whole: WaiterHost = {
    publish: () => {},
    watching: () => {},
    sent: 0,
    hasCompletions: false,
    drain: () => 0,
    hasReason: () => false,
    inFlight: 1,
    expectsQuick: true,
    isWaking: false,
    needsSpace: false,
    sleeping: (asleep) => sleeps.push(asleep),
    ...host,
  };
  const waiter = new Waiter(whole, new Doorbell(words, 0));
  const parked = (): number => words.load(0);
  return { waiter, sleeps, parked };
}

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test.each([1, 500])("however much there is to find, a macrotask has its turn: %d at a time", async (found) => {
  let looks = 0;
  let over = false;
  const { waiter } = setUp({
    drain: () => {
      looks++;
      if (looks > 10_000) over = true;
      return over ? 0 : found;
    },
  });
  waiter.look();
  await macrotask();
  const before = looks;
  waiter.stop();
  expect(over, "the microtask turns had no end").toBe(false);
  expect(before * found).toBeLessThan(found === 1 ? 4_100 : 6_000);
});

test("a macrotask has its turn also when each answer is followed by the next call, and what is sent is published", async () => {
  let answered = 0;
  let published = 0;
  let over = false;
  const send = (): void => waiter.look();
  const { waiter } = setUp({
    publish: () => {
      published = answered;
    },
    drain: () => {
      if (over || answered > 100_000) return 0;
      answered += 16;
      void Promise.resolve().then(send);
      return 16;
    },
  });
  send();
  await macrotask();
  const before = [answered, published];
  over = true;
  waiter.stop();
  expect(before[0]).toBeLessThan(6_000);
  expect(before[1], "the call that followed the last answer").toBe(before[0]);
});

test("while Rust is being woken it is not looked for as long as when it is awake", async () => {
  const immediates = async (isWaking: boolean): Promise<number> => {
    const { waiter } = setUp({ isWaking });
    waiter.look();
    let count = 0;
    for (; !waiter.isAsleep; count++) await macrotask();
    return count;
  };
  expect(await immediates(true)).toBeLessThan(20);
});

test("it looks a bounded while, then sleeps, and says how", async () => {
  let looks = 0;
  const { waiter, sleeps, parked } = setUp({
    drain: () => {
      looks++;
      return 0;
    },
  });
  waiter.look();
  while (!waiter.isAsleep) await macrotask();
  expect(parked()).toBe(layout.PARKED_ASLEEP);
  expect(sleeps).toEqual([true]);
  const before = looks;
  for (let round = 0; round < 20; round++) await macrotask();
  expect(looks, "an idle waiter costs nothing").toBe(before);
  waiter.look();
  expect(parked()).toBe(layout.PARKED_AWAKE);
  expect(sleeps).toEqual([true, false]);
  waiter.stop();
});

test("short of space it parks for that, and a reason found at the last look keeps it awake", async () => {
  let reasons = 3;
  const { waiter, parked } = setUp({ needsSpace: true, hasReason: () => reasons-- > 0 });
  waiter.look();
  while (!waiter.isAsleep) await macrotask();
  expect(reasons).toBe(-1);
  expect(waiter.parks).toBe(1);
  expect(parked()).toBe(layout.PARKED_FOR_SPACE);
});

test("calls that were not quick last time are not polled for", async () => {
  const looks = async (expectsQuick: boolean): Promise<number> => {
    let count = 0;
    const drain = (): number => {
      count++;
      return 0;
    };
    const { waiter } = setUp({ expectsQuick, drain });
    waiter.look();
    while (!waiter.isAsleep) await macrotask();
    return count;
  };
  expect(await looks(false)).toBeLessThan(await looks(true));
});
