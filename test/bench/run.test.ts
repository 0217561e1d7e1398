/** The benchmark itself: that each answer is right, and what it refuses. How fast it is, is not for a test to say. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { benchModule } from "../support/bench.ts";

const PROGRAM = fileURLToPath(new URL("../../bench/run.mjs", import.meta.url));
const bench = (...args: string[]) =>
  spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8", timeout: 50_000 });

test("a quick run checks the answers of every line", () => {
  const { status, stdout, stderr } = bench("--quick", "--no-peers");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/\n\d{2,} lines answered as they must; 0 hits of the safety timer\n$/);
});

test("a wrong answer ends it", async () => {
  const { inFlight, inSequence, oneByOne } = await benchModule("harness/window.mjs");
  const accept = (number: number, answer: number) => answer === number;
  const late = { name: "some peer", call: async (number: number) => (number === 5 ? 6 : number), accept };
  await expect(inFlight(late, 3, 10)).rejects.toThrow("some peer: call 5 answered 6");
  await expect(oneByOne(late, 10)).rejects.toThrow("some peer: call 5 answered 6");
  const now = { name: "some peer", call: (number: number) => (number === 5 ? 6 : number), accept };
  expect(() => inSequence(now, 10)).toThrow("some peer: call 5 answered 6");
});

test("a window is kept full, and no more than full", async () => {
  const { inFlight } = await benchModule("harness/window.mjs");
  let running = 0;
  const seen: number[] = [];
  const places = new Set<number>();
  const call = async (number: number, place: number) => {
    expect(places.has(place)).toBe(false);
    places.add(place);
    seen.push(++running);
    await Promise.resolve();
    running--;
    places.delete(place);
    return number;
  };
  await inFlight({ name: "some peer", call, accept: () => true }, 4, 100);
  expect(seen).toHaveLength(100);
  expect(Math.max(...seen)).toBe(4);
});

test("frames of the socket are found however they are cut", async () => {
  const { frameReader } = await benchModule("peers/socket.mjs");
  const frames = ["one", "", "three and more", "x".repeat(300)];
  const bytes = Buffer.concat(
    frames.flatMap((text) => {
      const head = Buffer.alloc(4);
      head.writeUInt32LE(text.length);
      return [head, Buffer.from(text)];
    }),
  );
  for (const size of [1, 2, 3, 5, 7, 100, bytes.length]) {
    const found: string[] = [];
    const read = frameReader((frame: Buffer) => found.push(frame.toString()));
    for (let from = 0; from < bytes.length; from += size) read(bytes.subarray(from, from + size));
    expect(found, `in pieces of ${size}`).toEqual(frames);
  }
});

test.each([
  [["--rounds", "0"], "--rounds must be a whole number from 1 on"],
  [["--cores", "x"], "--cores must be a whole number from 0 on"],
  [["--nonsense"], "Unknown option '--nonsense'"],
])("%j is refused", (args, text) => {
  const { status, stderr } = bench(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(text);
  expect(stderr).toContain("usage: npm run bench");
});

test("a workload that does not exist is refused", () => {
  const { status, stderr } = bench("--quick", "--no-peers", "--only", "no such thing");
  expect([status, stderr]).toEqual([2, "no workload has such a name\n"]);
});

test("own times of a profile are summed by function, and ours are told apart", async () => {
  const { ownTimes } = await benchModule("harness/cpu-profile.mjs");
  const frame = (functionName: string, url: string) => ({ functionName, url });
  const nodes = [
    { id: 1, callFrame: frame("(program)", "") },
    { id: 2, callFrame: frame("submit", "file:///work/dist/runtime/engine.js") },
    { id: 3, callFrame: frame("submit", "file:///work/dist/runtime/engine.js") },
    { id: 4, callFrame: frame("", "file:///work/bench/harness/window.mjs?of=ferrule") },
  ];
  const profile = { nodes, samples: [1, 2, 3, 4], timeDeltas: [1, 2, 3, 10] };
  expect(ownTimes(profile, "/work/", 10)).toEqual([
    { name: "bench/harness/window.mjs (anonymous)", ns: 1_000, isOurs: false },
    { name: "dist/runtime/engine.js submit", ns: 500, isOurs: true },
    { name: "(program)", ns: 100, isOurs: false },
  ]);
});
