import { expect, test } from "vitest";
import { benchModule } from "../support/bench.ts";

const { median, quantile, round, spread, starved } = await benchModule("harness/statistics.mjs");
const { runRounds, resultsOf } = await benchModule("harness/rounds.mjs");

test("quantiles are values that were there, in whichever order they came", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([7])).toBe(7);
  expect(quantile([3, 1, 2, 4], 0)).toBe(1);
  expect(quantile([3, 1, 2, 4], 1)).toBe(4);
  expect(
    quantile(
      Float64Array.from({ length: 100 }, (_, index) => index),
      0.99,
    ),
  ).toBe(99);
  expect(median([])).toBeNaN();
});

test("a spread has the median, the least and the greatest", () => {
  expect(spread([2, 8, 4])).toEqual({ median: 4, min: 2, max: 8 });
  expect(spread([])).toBeUndefined();
});

test("three digits are kept", () => {
  expect([round(1_234.5), round(0.012345), round(2)]).toEqual([1_230, 0.0123, 2]);
});

test("samples that got one core are found only where two are usual", () => {
  const of = (...threads: number[]) => threads.map((each, round) => ({ threads: each, round }));
  const two = of(1.9, 1.8, 1.05, 1.95);
  expect([...starved(two)]).toEqual([two[2]]);
  expect(starved(of(1, 1.02, 0.9)).size).toBe(0);
  expect(starved(of(1.9, 1.2, 1.3)).size).toBe(0);
  const again = [...two, ...two.map(() => ({ threads: 1, round: 2 }))];
  expect(starved(again).size).toBe(5);
  const one = of(1, 0.99, 0.7);
  expect([...starved(one, true)]).toEqual([one[2]]);
  expect(starved(of(0.5, 0.6, 0.4), true).size).toBe(0);
});

/** A line of a group, whose samples are what it is told. */
const line = (peer: string, values: number[], more = {}) => {
  let next = 0;
  const order: string[] = [];
  const run = async ({ isWarmup }: { isWarmup: boolean }) => {
    order.push(peer);
    return isWarmup ? { ns: 1e9, threads: 1 } : { ns: values[next++], threads: 1.9 };
  };
  return { workload: "some", peer, inFlight: 64, role: "peer", isBase: peer === "ferrule", run, ...more };
};

test("peers take turns, and another one begins each round; the first round does not count", async () => {
  const order: string[] = [];
  const tell = (peer: string) => ({
    ...line(peer, []),
    run: async () => {
      order.push(peer);
      return { ns: 1, threads: 1 };
    },
  });
  const lines = [tell("ferrule"), tell("other")];
  const samples = await runRounds(lines, { rounds: 2, isQuick: false, warmUp: 0 });
  expect(order).toEqual(["ferrule", "other", "other", "ferrule", "ferrule", "other"]);
  expect(lines.map((each) => samples.get(each).length)).toEqual([2, 2]);
});

test("no round begins that would end too late", async () => {
  let time = 0;
  const rounds: number[] = [];
  const one = { ...line("ferrule", [1, 1, 1, 1, 1]) };
  const now = () => {
    time += 3 * 60_000;
    return time;
  };
  await runRounds([one], { rounds: 5, isQuick: false, warmUp: 0, now, onRound: (round: number) => rounds.push(round) });
  expect(rounds).toEqual([0, 1]);
});

test("a ratio compares samples of one round, and a dropped one has no ratio", async () => {
  const lines = [line("ferrule", [100, 200, 100]), line("other", [500, 400, 700])];
  const samples = await runRounds(lines, { rounds: 3, isQuick: false, warmUp: 0 });
  const [ferrule, other] = resultsOf(lines, samples);
  expect(ferrule).toMatchObject({ peer: "ferrule", ns: 100, ratio: { median: 1, min: 1, max: 1 }, dropped: 0 });
  expect(other).toMatchObject({ peer: "other", ns: 500, ratio: { median: 5, min: 2, max: 7 }, samples: 3 });
  samples.get(lines[0])[1].threads = 1;
  const [starvedFerrule, again] = resultsOf(lines, samples);
  expect(starvedFerrule).toMatchObject({ dropped: 1, samples: 2 });
  expect(again.ratio).toEqual({ median: 7, min: 5, max: 7 });
});

test("a sample that was starved is taken again in the same round, twice at most", async () => {
  const threads = [1.9, 1.9, 1, 1.8, 1, 1, 1];
  const taken: number[] = [];
  const run = async ({ isWarmup }: { isWarmup: boolean }) => {
    if (isWarmup) return { ns: 1, threads: 2 };
    const each = threads.shift() as number;
    taken.push(each);
    return { ns: each === 1 ? 200 : 100, threads: each };
  };
  const lines = [{ ...line("ferrule", []), run }];
  const samples = await runRounds(lines, { rounds: 4, isQuick: false, warmUp: 0 });
  expect(taken).toEqual([1.9, 1.9, 1, 1.8, 1, 1, 1]);
  expect(resultsOf(lines, samples)).toMatchObject([{ ns: 100, samples: 3, dropped: 4 }]);
});
