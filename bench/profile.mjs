// npm run profile: where the JavaScript side of a call's time goes, with 512 of them in flight and no payload. The run
// is one of `node --cpu-prof`; what is printed is each function's own time, divided by the calls.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUDGETS, HELPER_NS_MAX } from "./budgets.mjs";
import { ownTimes } from "./harness/cpu-profile.mjs";
import { repeatOnCores } from "./harness/machine.mjs";
import { markdownTable } from "./harness/table.mjs";

const CALLS = 4_000_000;
const IN_FLIGHT = 512;
/** Microseconds between two looks at the stack. */
const INTERVAL = 200;
/** Functions below this are summed up. */
const SHOWN_NS_MIN = 1;
const LOAD = "--load";

if (process.argv.includes(LOAD)) await load();
else if (!repeatOnCores(2)) process.exitCode = profile();

/** The run that is looked at: nothing but calls. */
async function load() {
  const { openFerrule } = await import("./peers/ferrule.mjs");
  const { inFlight } = await import("./harness/window.mjs");
  const peer = await openFerrule();
  const start = performance.now();
  await inFlight(peer, IN_FLIGHT, CALLS);
  const wall = performance.now() - start;
  const { safetyTimerHits } = peer.runtime.stats();
  await peer.close();
  console.log(JSON.stringify({ wall, safetyTimerHits }));
}

function profile() {
  const directory = mkdtempSync(join(tmpdir(), "ferrule-profile-"));
  try {
    const flags = ["--cpu-prof", `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${INTERVAL}`];
    const { stdout, status } = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), LOAD], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) return 1;
    const { wall, safetyTimerHits } = JSON.parse(stdout);
    // A worker would leave a profile of its own; there is none, so this is the main thread's.
    const [file] = readdirSync(directory);
    const root = fileURLToPath(new URL("../", import.meta.url));
    const times = ownTimes(JSON.parse(readFileSync(join(directory, file), "utf8")), root, CALLS);
    print(times, wall);
    return safetyTimerHits === 0 && checkBudgets(times) ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function print(times, wall) {
  const shown = times.filter(({ ns }) => ns >= SHOWN_NS_MIN);
  const rest = times.filter(({ ns }) => ns < SHOWN_NS_MIN).reduce((sum, { ns }) => sum + ns, 0);
  const rows = [...shown.map(({ name, ns }) => [name, ns.toFixed(1)]), ["everything else", rest.toFixed(1)]];
  const perCall = ((wall * 1e6) / CALLS).toFixed(0);
  console.log(`${CALLS.toLocaleString("en-US")} calls, ${IN_FLIGHT} in flight: ${perCall} ns each, profiled\n`);
  console.log(`${markdownTable(["function", "own ns of a call"], rows).join("\n")}\n`);
}

/** @returns whether every function of ferrule keeps to its budget */
function checkBudgets(times) {
  const over = times
    .filter(({ isOurs }) => isOurs)
    .map(({ name, ns }) => ({ name, ns, limit: BUDGETS[name] ?? HELPER_NS_MAX }))
    .filter(({ ns, limit }) => ns > limit);
  for (const { name, ns, limit } of over) console.log(`MISSED  ${name}: ${ns.toFixed(1)} ns of ${limit}`);
  if (over.length === 0) console.log(`met     no function of ours is above its budget (helpers: ${HELPER_NS_MAX} ns)`);
  return over.length === 0;
}
