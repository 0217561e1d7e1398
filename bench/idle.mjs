// npm run idle: what an open runtime costs while nobody calls, after it was under load. Another process looks at it, so
// that looking costs it nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { markdownTable } from "./harness/table.mjs";

const CPU_PERCENT_MAX = 0.1;
/** Milliseconds that it takes to come to rest, and that the end may take. */
const SETTLE = 1_000;
const EXIT_MAX = 5_000;

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, load: { type: "boolean", default: false } },
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) {
  console.error("usage: npm run idle -- [--seconds N], 60 by default");
  process.exitCode = 2;
} else if (values.load) await load();
else process.exitCode = await watch();

/** The process that is looked at: load, then nothing. Its runtime stays open, and its event loop has nothing to do. */
async function load() {
  const { openFerrule } = await import("./peers/ferrule.mjs");
  const { inFlight } = await import("./harness/window.mjs");
  const { collectGarbage } = await import("./harness/sample.mjs");
  const peer = await openFerrule();
  await inFlight(peer, 512, 500_000);
  collectGarbage(); // V8 would do so in the seconds that are looked at
  await delay(SETTLE);
  console.log(JSON.stringify(peer.runtime.stats()));
  // The one timer that is left, so that there is a process to look at: one turn of the event loop.
  await delay(seconds * 1_000 + SETTLE);
  console.log(JSON.stringify(peer.runtime.stats()));
}

async function watch() {
  const program = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [program, "--load", "--seconds", values.seconds], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const statsBefore = JSON.parse((await lines.next()).value);
  await delay(SETTLE / 2);
  const before = threadsOf(child.pid);
  await delay(seconds * 1_000);
  const after = threadsOf(child.pid);
  const statsAfter = JSON.parse((await lines.next()).value);
  const exit = await Promise.race([once(child, "exit"), delay(EXIT_MAX)]);
  if (exit === undefined) child.kill("SIGKILL");

  const moved = Object.keys(statsAfter).filter((name) => statsAfter[name] !== statsBefore[name]);
  const percent = print(before, after);
  const verdicts = [
    [`CPU: ${percent.toFixed(4)} %, at most ${CPU_PERCENT_MAX}`, percent <= CPU_PERCENT_MAX],
    [
      `counters that moved: ${moved.map((name) => `${name} ${statsBefore[name]} > ${statsAfter[name]}`).join(", ") || "none"}`,
      moved.length === 0,
    ],
    [`hits of the safety timer: ${statsAfter.safetyTimerHits}`, statsAfter.safetyTimerHits === 0],
    [
      exit?.[0] === 0 ? "it ended by itself, with its runtime open" : `it did not end by itself within ${EXIT_MAX} ms`,
      exit?.[0] === 0,
    ],
  ];
  for (const [text, met] of verdicts) console.log(`${met ? "met   " : "MISSED"}  ${text}`);
  return verdicts.every(([, met]) => met) ? 0 : 1;
}

/** @returns the CPU of all threads together, in percent of one core */
function print(before, after) {
  const rows = [...after].map(([id, now]) => {
    const then = before.get(id) ?? { voluntary: 0, involuntary: 0, nanoseconds: 0 };
    const cells = [now.voluntary - then.voluntary, now.involuntary - then.involuntary];
    return [now.name, ...cells.map(String), ((now.nanoseconds - then.nanoseconds) / 1_000).toFixed(0)];
  });
  console.log(`idle for ${seconds} s after 500,000 calls\n`);
  const titles = ["thread", "voluntary switches", "involuntary switches", "CPU us"];
  console.log(`${markdownTable(titles, rows).join("\n")}\n`);
  const microseconds = rows.reduce((sum, row) => sum + Number(row[3]), 0);
  return microseconds / 10_000 / seconds;
}

/** Every thread of a process: its name, its context switches, its CPU time. */
function threadsOf(id) {
  const threads = new Map();
  for (const task of readdirSync(`/proc/${id}/task`)) {
    const status = readFileSync(`/proc/${id}/task/${task}/status`, "utf8");
    const field = (name) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
    threads.set(task, {
      name: field("Name"),
      voluntary: Number(field("voluntary_ctxt_switches")),
      involuntary: Number(field("nonvoluntary_ctxt_switches")),
      nanoseconds: Number(readFileSync(`/proc/${id}/task/${task}/schedstat`, "utf8").split(" ")[0]),
    });
  }
  return threads;
}
