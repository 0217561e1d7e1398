// What the process holds: descriptors, threads, the lanes' mappings, memory.
import { readdirSync, readFileSync } from "node:fs";

export function census() {
  const threads = readdirSync("/proc/self/task").map(nameOf);
  const maps = readFileSync("/proc/self/maps", "utf8").split("\n");
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    threads: threads.filter((name) => !STEPS.includes(name)).length,
    // Of lifecycle steps and blocking calls: they are kept a while for the next.
    stepThreads: threads.filter((name) => STEPS.includes(name)).length,
    mappings: maps.filter((line) => line.includes("memfd:ferrule-lane")).length,
    rss: process.memoryUsage.rss(),
  };
}

const STEPS = ["ferrule-life", "ferrule-step"];

function nameOf(task) {
  try {
    return readFileSync(`/proc/self/task/${task}/comm`, "utf8").trim();
  } catch {
    return "gone";
  }
}
