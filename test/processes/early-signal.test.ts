/** A signal that comes while the command is still being loaded. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logLines } from "../support/cli.ts";
import { ROOT } from "../support/markdown.ts";

/** Sends the signal as soon as anybody listens for it: long before there is a service. */
const HOOK = `process.on("newListener", function hook(event) {
  if (event !== "SIGTERM") return;
  process.off("newListener", hook);
  process.nextTick(() => process.kill(process.pid, "SIGTERM"));
});`;

function run(args: readonly string[]): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const command = [
    "--import",
    `data:text/javascript,${encodeURIComponent(HOOK)}`,
    join(ROOT, "dist/cli/bin.js"),
    ...args,
  ];
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, stderr })));
}

test("keeps the service from starting, and that is an orderly end", async () => {
  const { code, signal, stderr } = await run(["run", "--config", "examples/service.yaml"]);
  expect({ code, signal }, stderr).toEqual({ code: 0, signal: null });
  const messages = logLines(stderr).map((line) => line.msg);
  expect(messages).toContain("stopping on a signal");
  expect(messages).not.toContain("starting extensions");
});

test("ends a command that is no service as it ends any program", async () => {
  const { code, signal } = await run(["components"]);
  expect({ code, signal }).toEqual({ code: null, signal: "SIGTERM" });
});
