// The machine that a record is from, and how many of its cores the benchmark may use and really gets.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { Worker } from "node:worker_threads";

const MARK = "FERRULE_BENCH_PINNED";
/** Milliseconds. */
const MOMENT = 500;
const IDLE = 3;
const STOLEN = 7;

/**
 * Runs this program again on so many cores, where `taskset` is there and the machine has more. The aims are about two
 * cores, and everyone who takes part must share them: the servers of the peers inherit the choice.
 *
 * @returns whether it did; then the exit code is set, and there is nothing left to do
 */
export function repeatOnCores(wanted) {
  if (process.env[MARK] !== undefined || wanted === 0 || availableParallelism() <= wanted) return false;
  const list = idlestCores(wanted).join(",");
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const result = spawnSync("taskset", ["-c", list, ...again], {
    stdio: "inherit",
    env: { ...process.env, [MARK]: list },
  });
  if (result.error !== undefined) {
    console.error(
      `taskset was not found: all ${availableParallelism()} cores are used, and the aims are about ${wanted}`,
    );
    return false;
  }
  process.exitCode = result.status ?? 1;
  return true;
}

/** Of the cores that this process may use, those that did least in the last moment. */
function idlestCores(wanted) {
  const before = idleTicks();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MOMENT);
  const after = idleTicks();
  const idle = (core) => after.get(core) - before.get(core);
  return allowedCores()
    .sort((one, other) => idle(other) - idle(one))
    .slice(0, wanted);
}

function idleTicks() {
  return new Map(coreLines().map(({ core, ticks }) => [core, ticks[IDLE]]));
}

/** Ticks of each core: user, nice, system, idle, iowait, irq, softirq, steal. */
function coreLines() {
  const lines = readFileSync("/proc/stat", "utf8").matchAll(/^cpu(\d+) (.*)$/gm);
  return [...lines].map(([, core, ticks]) => ({ core: Number(core), ticks: ticks.split(" ").slice(0, 8).map(Number) }));
}

/** The numbers of the cores that this process may use. */
function allowedCores() {
  const text = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return text.split(",").flatMap((part) => {
    const [from, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/** What a record says about its machine. */
export async function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    coresUsed: availableParallelism(),
    isPinned: process.env[MARK] !== undefined,
    coresGot: await coresGot(),
    memory: totalmem(),
    kernel: release(),
    virtual: isVirtual(),
    node: process.version,
    v8: process.versions.v8,
    rust: rustVersion(),
  };
}

/** Ticks of the cores that this process may use: all of them, and those that the host gave to someone else. */
export function coreTicks() {
  const cores = new Set(allowedCores());
  const times = { total: 0, stolen: 0 };
  for (const { core, ticks } of coreLines()) {
    if (!cores.has(core)) continue;
    times.total += ticks.reduce((sum, each) => sum + each, 0);
    times.stolen += ticks[STOLEN];
  }
  return times;
}

/** How much CPU two threads get that want all they can, for a tenth of a second: 2 where nobody else is about. */
export async function coresGot() {
  const spin = `const end = Date.now() + 100; while (Date.now() < end);`;
  const worker = new Worker(spin, { eval: true });
  await new Promise((resolve) => worker.once("online", resolve));
  const before = process.cpuUsage();
  const start = performance.now();
  const end = start + 80;
  while (performance.now() < end);
  const { user, system } = process.cpuUsage(before);
  const got = (user + system) / 1_000 / (performance.now() - start);
  await worker.terminate();
  return Number(got.toFixed(2));
}

function isVirtual() {
  return /^flags.*\bhypervisor\b/m.test(readFileSync("/proc/cpuinfo", "utf8"));
}

function rustVersion() {
  try {
    return execFileSync("rustc", ["--version"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
