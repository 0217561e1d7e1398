/** `npm start`, as a person runs it. */
import { spawn } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { logLines } from "../support/cli.ts";
import { ROOT } from "../support/markdown.ts";

test("SIGTERM to npm stops the service in reverse order; 503 is seen during the shutdown delay; nothing is left", async () => {
  const npm = spawn("npm", ["start", "--", "--shutdown-delay", "700ms"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    npm.kill("SIGKILL");
  });
  let log = "";
  const statuses: number[] = [];
  const asked: Promise<unknown>[] = [];
  const ask = async (): Promise<void> => {
    statuses.push((await fetch("http://localhost:13133/", { headers: { connection: "close" } })).status);
  };
  const once = (text: string, act: () => Promise<void>): ((chunk: string) => void) => {
    let done = false;
    return () => {
      if (done || !log.includes(text)) return;
      done = true;
      asked.push(act());
    };
  };
  const steps = [
    once('"msg":"service is ready"', async () => {
      await ask();
      npm.kill("SIGTERM");
    }),
    once('"msg":"starting shutdown"', async () => {
      // Not-ready has reached the extension when the delay begins; the first 503 says so.
      while (statuses.at(-1) !== 503) await ask();
    }),
  ];
  npm.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    log += chunk;
    for (const step of steps) step(chunk);
  });
  const code = await new Promise((resolve) => npm.on("close", resolve));
  await Promise.all(asked);
  expect(code, log).toBe(0);
  expect(statuses[0]).toBe(200);
  expect(statuses.at(-1)).toBe(503);
  const lines = logLines(log);
  const moves = (status: string): unknown[] =>
    lines.filter((line) => line.status === status).map((line) => line.component);
  expect(moves("OK")).toEqual(["rust_sample/one", "health_check", "rust_sample/two"]);
  expect(moves("Stopped")).toEqual(["rust_sample/two", "health_check", "rust_sample/one"]);
  const pid = lines.find((line) => line.msg === "service is ready")?.pid as number;
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
