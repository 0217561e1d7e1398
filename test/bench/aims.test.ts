import { describe, expect, test } from "vitest";
import { benchModule } from "../support/bench.ts";

const { evaluateAims } = await benchModule("harness/aims.mjs");
const { benchmarksPage } = await benchModule("harness/page.mjs");
const { tablesOf } = await benchModule("harness/table.mjs");

interface Aim {
  aim: string;
  value: number | null;
  limit: number;
  side: string;
  met: boolean;
}

/** A result with a ratio of this median. */
const result = (workload: string, peer: string, inFlight: number | undefined, times: number, more = {}) => ({
  workload,
  peer,
  inFlight,
  role: peer.startsWith("ferrule") ? "ferrule" : "peer",
  by: "ns",
  ratio: { median: times, min: times, max: times },
  samples: 7,
  dropped: 0,
  ...more,
});

/** Results that meet every aim; `worse` changes one of them by a factor. */
function results(worse: Record<string, number> = {}) {
  const by = (name: string) => worse[name] ?? 1;
  const ALONE = "one at a time, idle machine";
  const WAIT = "a handler that waits 1 ms";
  const LANES = "lanes of worker threads";
  return [
    result("no payload", "ferrule", 512, 1, { cpu: 0.3 * by("cpu") }),
    result("no payload", "bare promise", 512, 0.6 / by("bare"), { role: "floor" }),
    result("no payload", "socket, batched", 512, 7 / by("socket"), { cpu: 1 }),
    result("no payload", "neon async fn", 512, 15),
    result("no payload", "neon Channel", 512, 11 / by("neon")),
    result("no payload", "napi-rs async fn", 512, 21 / by("napi")),
    result("no payload", "postMessage", 512, 16 / by("post")),
    result("no payload", "koffi .async", 512, 160 / by("koffi")),
    result("no payload", "koffi sync", 1, 0.1, { role: "sync" }),
    result("no payload", "socket, batched", 1, 120),
    result("no payload", "koffi .async", 1, 101 / by("rate")),
    result(ALONE, "ferrule", undefined, 1, { p50: 0.4 * by("p50"), p99: 4 * by("p99") }),
    result("one call each 2 ms", "ferrule", undefined, 1),
    result("one call each 2 ms", "socket, batched", undefined, 0.95 / by("parked")),
    result(WAIT, "ferrule", undefined, 1, { cpu: 120 * by("waitCpu") }),
    result(WAIT, "ferrule, parking at once", undefined, 0.97 / by("wait"), { cpu: 100 }),
    result("50 us of own work between calls", "ferrule", undefined, 1, { p99: 50 * by("work") }),
    result("echo 64 B", "socket, batched", 64, 9 / by("echo64")),
    result("echo 1 KiB", "socket, batched", 64, 8.1 / by("echo1024")),
    result("echo 64 KiB", "napi-rs async fn", 64, 3, { ns: 45_000 / by("into") }),
    result("echo 64 KiB", "ferrule, into a reused buffer", 64, 0.5, { ns: 10_000 }),
    result("callMany of 1,024", "ferrule, no payload", undefined, 1, { ns: 34 * by("many") }),
    result("callSync", "koffi sync", undefined, 0.11 / by("sync"), { role: "sync" }),
    result("typed calls, answered at once", "ferrule, typed", 512, 1.1),
    result("typed calls, by a future", "ferrule, typed", 512, 1.2 * by("typed")),
    result("start and shutdown", "ferrule", 64, 1, { ns: 5_500 * by("lifecycle") }),
    result(LANES, "ferrule, 2 lanes", undefined, 1.2 * by("lanes")),
    result("10 ms timer under load", "ferrule", undefined, 1, { p99: 4_000 * by("timer") }),
  ];
}

const missed = (aims: Aim[]) => aims.filter(({ met }) => !met).map(({ aim }) => aim);

describe("aims", () => {
  test("all are met where all is well", () => {
    const aims = evaluateAims(results(), { safetyTimerHits: 0 }) as Aim[];
    expect(missed(aims)).toEqual([]);
    expect(aims.length).toBe(24);
    for (const each of aims) expect(each).toMatchObject({ value: expect.any(Number), limit: expect.any(Number) });
  });

  test.each([
    ["bare", /bare promise/],
    ["socket", /512 in flight: times as fast as the batched socket/],
    ["neon", /as neon/],
    ["napi", /as napi-rs async/],
    ["post", /as postMessage/],
    ["koffi", /as koffi .async/],
    ["cpu", /CPU of a call/],
    ["p50", /one call at a time: p50/],
    ["p99", /one call at a time: p99/],
    ["rate", /one call at a time: times/],
    ["parked", /each 2 ms/],
    ["waitCpu", /waits 1 ms: CPU/],
    ["wait", /waits 1 ms: p50/],
    ["work", /own work/],
    ["echo64", /echo 64 B/],
    ["echo1024", /echo 1 KiB/],
    ["into", /echo 64 KiB/],
    ["many", /callMany/],
    ["sync", /callSync/],
    ["typed", /typed call/],
    ["lifecycle", /start and shutdown/],
    ["lanes", /two lanes/],
    ["timer", /10 ms timer/],
  ])("a third worse in %s misses that aim, and no other", (name, text) => {
    const found = missed(evaluateAims(results({ [name]: 4 / 3 }), { safetyTimerHits: 0 }));
    expect(found).toEqual([expect.stringMatching(text)]);
  });

  test("one hit of the safety timer is a miss", () => {
    expect(missed(evaluateAims(results(), { safetyTimerHits: 1 }))).toEqual(["hits of the safety timer"]);
  });

  test("a value at its limit meets it", () => {
    const at = results({ many: 35 / 34, neon: 11 / 10 });
    expect(missed(evaluateAims(at, { safetyTimerHits: 0 }))).toEqual([]);
  });

  test("what was not measured has no value, and is not met", () => {
    const aims = evaluateAims([], { safetyTimerHits: 0 }) as Aim[];
    expect(aims.filter(({ value }) => value !== null).map(({ aim }) => aim)).toEqual(["hits of the safety timer"]);
    expect(missed(aims)).toHaveLength(23);
  });
});

const machine = {
  cpu: "Some Processor",
  cores: 4,
  coresUsed: 2,
  isPinned: true,
  coresGot: 1.98,
  coresGotAfter: 2,
  stolen: 0.0123,
  memory: 8 * 2 ** 30,
  kernel: "6.1",
  virtual: true,
  node: "v20.1.2",
  rust: "rustc 1.95.0",
};

describe("the page", () => {
  const aims = evaluateAims(results({ neon: 2 }), { safetyTimerHits: 0 });
  const record = { date: "2026-01-02", machine, rounds: 7, results: results(), aims, absent: ["callMany"] };
  const page = benchmarksPage(record, [{ title: "Some chart", file: "some.svg" }]) as string;

  test("says where it is from", () => {
    expect(page).toContain("Recorded on 2026-01-02");
    expect(page).toContain("- Some Processor, a virtual machine; 2 of 4 cores, by `taskset`\n");
    expect(page).toContain("- Node.js 20.1.2, rustc 1.95.0\n");
    expect(page).toContain(
      "- 7 rounds; two busy threads got 1.98 cores before and 2 after; the host gave 1.2 % of the cores' time to others\n",
    );
    expect(page).toContain("Not measured, since this version has it not: callMany.");
  });

  test("has each aim with its value, its limit and what became of it", () => {
    expect(page).toContain("23 of the 24 aims that were measured are met.");
    expect(page).toMatch(/\| no payload, 512 in flight: times a bare promise +\| +1\.67 \| +at most 1\.7 \| +met \|/);
    expect(page).toMatch(/\| no payload, 512 in flight: times as fast as neon +\| +5\.5 \| +at least 10 \| +MISSED \|/);
  });

  test("has the charts and a table for each workload", () => {
    expect(page).toContain("![Some chart](benchmarks/some.svg)");
    for (const { workload } of results())
      expect(page).toContain(`### ${workload.slice(0, 1).toUpperCase()}${workload.slice(1)}`);
  });

  test("lines of a table are as wide as each other", () => {
    for (const { lines } of tablesOf(results()) as { lines: string[] }[])
      expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });
});
