// Measures how `ferrule validate` grows with its configuration. Arguments: --count=200,500,1000,2000  --rounds=5
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { extensionsFile, pipelinesFile } from "./files.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { count: { type: "string", default: "200,500,1000,2000" }, rounds: { type: "string", default: "5" } },
});
const counts = values.count.split(",").map(Number);
const rounds = Number(values.rounds);
if (!counts.every((count) => Number.isInteger(count) && count > 0) || !(Number.isInteger(rounds) && rounds > 0)) {
  console.error("--count takes numbers with commas between them, and --rounds one");
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), "ferrule-scale-"));
try {
  measure("extensions in Rust", join(here, "../../dist/cli/bin.js"), extensionsFile);
  measure("components in pipelines", join(here, "../fixture/fixture.mjs"), pipelinesFile);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Prints a line for each size. What an empty configuration takes is not a part of the growth. */
function measure(what, program, fileOf) {
  const none = medians(program, fileOf(1));
  console.log(`\n${what}: medians of ${rounds} runs of validate`);
  console.log("  count  time/ms  processor/ms  memory/MiB  growth of processor  of memory");
  let before;
  for (const count of counts) {
    const now = { count, ...medians(program, fileOf(count)) };
    const growth = (key) => (before === undefined ? "" : factor(now[key] - none[key], before[key] - none[key]));
    const more = before === undefined ? "" : ` (${(count / before.count).toFixed(1)} times as many)`;
    const cells = [
      String(count).padStart(7),
      now.time.toFixed(0).padStart(9),
      now.processor.toFixed(0).padStart(14),
      now.memory.toFixed(0).padStart(12),
      growth("processor").padStart(21),
      growth("memory").padStart(11),
    ];
    console.log(cells.join("") + more);
    before = now;
  }
}

function factor(now, before) {
  return before > 0 ? `x ${(now / before).toFixed(1)}` : "-";
}

/** The medians of several runs, so that one that was disturbed does not count. */
function medians(program, text) {
  writeFileSync(join(directory, "c.yaml"), text);
  const runs = Array.from({ length: rounds }, () => once(program));
  const median = (key) => runs.map((run) => run[key]).sort((one, other) => one - other)[Math.floor(rounds / 2)];
  return { time: median("time"), processor: median("processor"), memory: median("memory") };
}

function once(program) {
  const began = performance.now();
  const args = ["--import", join(here, "usage.mjs"), program, "validate", "--config=c.yaml"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: "utf8" });
  const time = performance.now() - began;
  const [, microseconds, kibibytes] = /^used (\d+) (\d+)$/m.exec(stderr) ?? [];
  if (status !== 0 || kibibytes === undefined) throw new Error(`validate failed:\n${stderr.slice(0, 2_000)}`);
  return { time, processor: Number(microseconds) / 1_000, memory: Number(kibibytes) / 1024 };
}
