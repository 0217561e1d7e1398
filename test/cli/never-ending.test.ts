/** The command, when a step of an extension never ends. */
import { describe, expect, test } from "vitest";
import { Running, withoutLog } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";
import { testLibrary } from "../support/runtime.ts";

const INDEX = new URL("../../dist/index.js", import.meta.url).href;

/** The half minute that a step has is over when SIGUSR2 comes, and never before. */
const CLOCK = `const { setTimeout: set, clearTimeout: clear } = globalThis;
const waiting = new Map();
globalThis.setTimeout = (run, milliseconds, ...rest) => {
  if (milliseconds !== 30_000) return set(run, milliseconds, ...rest);
  const timer = { unref: () => timer };
  waiting.set(timer, run);
  return timer;
};
globalThis.clearTimeout = (timer) => {
  if (!waiting.delete(timer)) clear(timer);
};
process.on("SIGUSR2", () => [...waiting.values()][0]());`;
const clocked = ["--import", `data:text/javascript,${encodeURIComponent(CLOCK)}`];

/** A command with an extension in TypeScript whose steps never end where its section says so. */
const PROGRAM = `import { main } from ${JSON.stringify(INDEX)};
const step = (hangs) => () => (hangs ? new Promise(() => undefined) : Promise.resolve());
const factory = {
  type: "mine",
  stability: "Stable",
  createDefaultConfig: () => ({ start: false, shutdown: false }),
  create: (_, { start, shutdown }) => ({ start: step(start), shutdown: step(shutdown) }),
};
const buildInfo = { command: "mine", description: "", version: "1.0.0" };
const distribution = { buildInfo, library: ${JSON.stringify(testLibrary)}, factories: [factory] };
process.exitCode = await main(distribution, process.argv.slice(2));
`;

const CASES = [
  ["misbehaving/a", "start", "{start: hang}"],
  ["misbehaving/a", "shutdown", "{shutdown: hang}"],
  ["mine", "start", "{start: true}"],
  ["mine", "shutdown", "{shutdown: true}"],
] as const;

function run(id: string, section: string, flags: readonly string[]): Running {
  const config = `extensions:\n  ${id}: ${section}\n  echo:\nservice: {extensions: [echo, ${id}]}\n`;
  const cwd = filesOfTest({ "c.yaml": config, "program.mjs": PROGRAM });
  return new Running(["--config", "c.yaml"], cwd, `${cwd}/program.mjs`, flags);
}

describe.each(CASES)("%s does not end its %s", (id, step, section) => {
  test("the command ends at the deadline, names it, and lists what it left behind", async () => {
    const running = run(id, section, clocked);
    if (step === "shutdown") {
      await running.logged("service is ready");
      running.child.kill("SIGTERM");
    }
    const status = step === "start" ? "Starting" : "Stopping";
    const isIn = (line: Record<string, unknown>): boolean => line.component === id && line.status === status;
    await expect.poll(() => running.log.some(isIn), { timeout: 10_000 }).toBe(true);
    running.child.kill("SIGUSR2");
    const { code, stdout, stderr } = await running.ended;
    const [frame, words] =
      step === "start"
        ? ["failed to start extensions", "start"]
        : ["failed to shutdown service after error: failed to shutdown extensions", "shut down"];
    const text = `${frame}: extension "${id}" did not ${words} within 30000 ms`;
    expect([code, stdout]).toEqual([1, ""]);
    expect(withoutLog(stderr).split("\n")[0]).toBe(`Error: ${text}`);
    expect(withoutLog(stderr)).toContain(`c.yaml:2:3: extensions::${id}`);
    expect(running.log.find(({ msg }) => String(msg).startsWith("left behind"))).toMatchObject({
      abandoned: [{ componentId: id, step: words }],
    });
    expect(running.log.some(({ component, status }) => component === "echo" && status === "Stopped")).toBe(true);
  });

  test("Ctrl-C twice ends it at once", async () => {
    const running = run(id, section, []);
    await running.logged(step === "start" ? "extension status: OK" : "service is ready");
    running.child.kill("SIGINT");
    await running.logged("stopping on a signal");
    const nag = setInterval(() => running.child.kill("SIGINT"), 50);
    const { code, stderr } = await running.ended;
    clearInterval(nag);
    // A step in Rust that is cancelled ends: then the first one was enough.
    const isCancelled = step === "start" && id !== "mine";
    const forced = "Error: SIGINT again: stopped by force, without waiting for the extensions\n";
    expect([code, withoutLog(stderr)]).toEqual(isCancelled ? [0, ""] : [1, forced]);
  });
});
