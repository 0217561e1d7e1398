/** `ferrule bench`: that it calls what it is told to, and says what it cannot. How fast is not for a test to say. */
import { expect, test } from "vitest";
import { ferrule } from "../support/cli.js";
import { testLibrary } from "../support/runtime.js";

const SHORT = ["--seconds", "0", "--in-flight", "1,4"];
const bench = (...args: string[]) => ferrule(["bench", "--library", testLibrary, ...args]);

test("prints a line for each number of calls in flight", async () => {
  const { code, stdout, stderr } = await bench("--type", "misbehaving", "--method", "echo", ...SHORT);
  expect([code, stderr]).toEqual([0, ""]);
  const [title, empty, head, ...lines] = stdout.trimEnd().split("\n");
  expect(title).toBe("misbehaving.echo: one promise for each call, CPU of every thread");
  expect(empty).toBe("");
  expect(head?.trim().split(/ {2,}/)).toEqual([
    "in flight",
    "calls/s",
    "ns/call",
    "CPU us/call",
    "p50 us",
    "p99 us",
    "bare promise ns",
  ]);
  expect(lines.map((line) => line.trim().split(/ +/))).toEqual([
    ["1", ...Array(6).fill(expect.stringMatching(/^[\d,.]+$/))],
    ["4", ...Array(6).fill(expect.stringMatching(/^[\d,.]+$/))],
  ]);
});

test.each([
  ["bytes of a size", ["--method", "echo", "--payload-size", "1000"]],
  ["a value", ["--method", "sleep", "--payload", "0"]],
  ["no payload", ["--method", "living"]],
])("calls with %s, and prints JSON", async (_, args) => {
  const { code, stdout, stderr } = await bench("--type", "misbehaving", ...args, ...SHORT, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  const printed = JSON.parse(stdout) as { method: string; safetyTimerHits: number; lines: Record<string, number>[] };
  expect(printed).toMatchObject({ method: args[1], safetyTimerHits: 0 });
  expect(printed.lines.map(({ inFlight }) => inFlight)).toEqual([1, 4]);
  for (const { inFlight, calls } of printed.lines) expect(calls).toBeGreaterThanOrEqual(inFlight ?? 0);
});

test("starts the extension with its configuration", async () => {
  const config = JSON.stringify({ start: { fail: "no start today" } });
  const { code, stderr } = await bench("--type", "misbehaving", "--method", "echo", "--config", config);
  expect([code, stderr]).toEqual([
    1,
    "Error: rust extension start failed: no start today\n  | extensions::misbehaving\n",
  ]);
});

test("ends with the error of a call that fails", async () => {
  const { code, stdout, stderr } = await bench("--type", "misbehaving", "--method", "act", "--payload", '"nonsense"');
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^Error: .*nonsense/);
});

test.each([
  [[], 'Error: required flag(s) "method", "type" not set\n'],
  [["--type", "x"], 'Error: required flag(s) "method" not set\n'],
  [
    ["--type", "misbehavin", "--method", "echo"],
    'Error: unknown component type "misbehavin"\n  | did you mean "misbehaving"?\n' +
      "  | the library has: asker, caller, configured, echo, misbehaving, needs, peer, sized, typed\n",
  ],
  [["--type", "sized", "--method", "melt"], 'Error: unknown method "melt"\n  | component type "sized" has: make\n'],
  [["--type", "needs", "--method", "echo"], 'Error: unknown method "echo"\n  | component type "needs" has: none\n'],
  [
    ["--type", "misbehaving", "--method", "echo", "--payload", "1"],
    'Error: method "echo" takes bytes: give --payload-size instead of --payload\n',
  ],
  [
    ["--type", "misbehaving", "--method", "sleep", "--payload-size", "1"],
    'Error: method "sleep" takes a value: give --payload instead of --payload-size\n',
  ],
  [
    ["--type", "sized", "--method", "make", "--seconds", "soon"],
    'Error: invalid argument "soon" for "--seconds" flag: a number from 0 to 3600\n',
  ],
  [
    ["--type", "sized", "--method", "make", "--in-flight", "1,,2"],
    'Error: invalid argument "" for "--in-flight" flag: a whole number from 1 to 65536\n',
  ],
  [
    ["--type", "sized", "--method", "make", "--payload-size", "-1"],
    'Error: invalid argument "-1" for "--payload-size" flag: a whole number from 0 to 1073741824\n',
  ],
])("%j", async (args, stderr) => {
  expect(await bench(...args)).toEqual({ code: 1, stdout: "", stderr });
});

test("says where a configuration is no JSON", async () => {
  const { code, stderr } = await bench("--type", "sized", "--method", "make", "--config", "{");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Error: invalid argument "\{" for "--config" flag: .*JSON/);
});
