/** What a command writes arrives whole, and its end is its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Output } from "../../dist/cli/output.js";
import { ferrule, logLines, Running, withoutLog } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";

const BIN = fileURLToPath(new URL("../../dist/cli/bin.js", import.meta.url));
const INDEX = new URL("../../dist/index.js", import.meta.url).href;

describe("a pipe", () => {
  /** A pipe that has room for `room[n]` bytes at the n-th try, and none after that. */
  const pipe = (room: (number | string)[]) => {
    let got = "";
    let waits = 0;
    const output = new Output(9, {
      wait: () => {
        waits++;
      },
      write: (descriptor, bytes) => {
        expect(descriptor).toBe(9);
        const next = room.shift() ?? "EAGAIN";
        if (typeof next === "string") throw Object.assign(new Error(next), { code: next });
        got += Buffer.from(bytes.subarray(0, next)).toString("latin1");
        return Math.min(next, bytes.length);
      },
    });
    return { output, room, got: () => got, waits: () => waits };
  };

  test("that takes some bytes, then none, then the rest, gets all of them", () => {
    const { output, got, waits } = pipe([3, "EAGAIN", 0, "EINTR", 100]);
    output.write("0123456789\n");
    expect([got(), waits()]).toEqual(["0123456789\n", 4]);
  });

  test("that nobody reads is given up, and the next text does not wait for it again", () => {
    const { output, room, got, waits } = pipe([3]);
    output.write("one line\n");
    const first = waits();
    expect(first).toBeGreaterThan(100);
    output.write("lost\n");
    expect([got(), waits()]).toEqual(["one", first]);
    // A line that was cut off is ended before the next one begins.
    room.push(100);
    output.write("two\n");
    expect([got(), waits()]).toEqual(["one\ntwo\n", first]);
    output.write("waits again\n");
    expect(waits()).toBe(2 * first);
  });

  test("that was given up is waited for once more by what is said last", () => {
    const { output, room, got } = pipe([]);
    output.write("lost\n");
    room.push("EAGAIN", "EAGAIN", 100);
    output.write("Error: why\n", true);
    expect(got()).toBe("Error: why\n");
  });

  test("without a reader is no error", () => {
    const { output, waits } = pipe(["EPIPE", "EBADF"]);
    output.write("one\n");
    output.write("two\n");
    expect(waits()).toBe(0);
  });
});

test("an error that is longer than a pipe arrives whole", async () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `unknown_key_number_${index}`);
  const text = `${keys.map((key) => `${key}: 1`).join("\n")}\n`;
  const { code, stderr } = await ferrule(["run", "--config", "c.yaml"], filesOfTest({ "c.yaml": text }));
  expect(code).toBe(1);
  const error = withoutLog(stderr);
  expect(error.length).toBeGreaterThan(500_000);
  expect(error.split("\n").filter((line) => line.startsWith("  | "))).toHaveLength(13);
  expect(error.endsWith("  | c.yaml:12:1: unknown_key_number_11\n  | and 19988 more\n")).toBe(true);
});

test.each([["--help"], ["--version"], ["components"]])("%s ends quietly when its reader has gone", async (argument) => {
  const child = spawn("sh", ["-c", `read go; exec "$0" "$@"`, process.execPath, BIN, argument]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const ended = once(child, "close");
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.stdin.end("go\n");
  expect([await ended, stderr]).toEqual([[0, null], ""]);
});

describe("a service whose extensions leave something open", () => {
  const program = `import { createServer } from "node:net";
import { main } from ${JSON.stringify(INDEX)};
const leaky = {
  type: "leaky",
  stability: "Alpha",
  createDefaultConfig: () => ({ fail: false }),
  create: (_, { fail }) => ({
    start: async () => {
      setInterval(() => {}, 2 ** 30);
      await new Promise((resolve) => createServer().listen(0, "127.0.0.1", resolve));
      if (fail) throw new Error("boom");
    },
    shutdown: async () => {
      process.stdout.write("x".repeat(300_000) + "\\n");
    },
  }),
};
const buildInfo = { command: "mine", description: "Mine", version: "9" };
process.exitCode = await main({ buildInfo, factories: [leaky] }, process.argv.slice(2));
`;
  const files = (config: string) =>
    filesOfTest({
      "main.mjs": program,
      "c.yaml": `extensions: {leaky: ${config}}\nservice: {extensions: [leaky]}\n`,
    });

  test("ends after a start that failed, with all that was written", async () => {
    const running = new Running(["--config", "c.yaml"], files("{fail: true}"), "main.mjs");
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout.length]).toEqual([1, 300_001]);
    expect(withoutLog(stderr)).toBe(
      "Error: failed to start extensions: boom\n  | c.yaml:1:14: extensions::leaky\n  | 1 | ... leaky\n  |   |     ^^^^^\n",
    );
  });

  test("ends after the stop", async () => {
    const running = new Running(["--config", "c.yaml"], files("{}"), "main.mjs");
    await running.logged("service is ready");
    running.child.kill("SIGTERM");
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout.length, withoutLog(stderr)]).toEqual([0, 300_001, ""]);
    expect(logLines(stderr).at(-1)).toMatchObject({ msg: "shutdown complete" });
  });

  test("stops in order when nobody reads what they write", async () => {
    const running = new Running(["--config", "c.yaml"], files("{}"), "main.mjs");
    await running.logged("service is ready");
    running.child.stdout?.destroy();
    running.child.kill("SIGTERM");
    const { code, stderr } = await running.ended;
    expect([code, withoutLog(stderr)]).toEqual([0, ""]);
    expect(logLines(stderr).at(-1)).toMatchObject({ msg: "shutdown complete" });
  });
});
