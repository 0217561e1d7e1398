// npm run bench: ferrule against what a user would pick instead, in one run. bench/README.md says what is measured.
import { evaluateAims } from "./harness/aims.mjs";
import { coresGot, coreTicks, describeMachine, repeatOnCores } from "./harness/machine.mjs";
import { readOptions } from "./harness/options.mjs";
import { quietText } from "./harness/page.mjs";
import { writeRecord } from "./harness/record.mjs";
import { resultsOf, runRounds } from "./harness/rounds.mjs";
import { round } from "./harness/statistics.mjs";
import { aimsTable, tablesOf } from "./harness/table.mjs";

const options = readOptions(process.argv.slice(2));
if (options === undefined) process.exitCode = 2;
else if (!repeatOnCores(options.isQuick ? 0 : options.cores)) process.exitCode = await run(options);

async function run({ isQuick, only, rounds, withPeers, isStrict, isRecorded }) {
  // Loaded here: koffi must hear about its pools before anything else loads a library.
  const { arePeersBuilt, openPeers } = await import("./peers/index.mjs");
  const { allLines } = await import("./workloads/index.mjs");
  const isWhole = withPeers && arePeersBuilt();
  const peers = await openPeers(isWhole);
  const { lines: all, opened, absent } = await allLines(peers);
  const lines = all.filter(({ workload }) => only === undefined || only.test(workload));
  for (const name of absent) console.log(`not measured: ${name}; this version of ferrule has it not`);
  if (!isWhole) console.log("not measured: peers that have to be built; node bench/build.mjs builds them");
  const close = async () => {
    for (const each of [...lines, ...opened, ...peers]) await each.close?.();
  };
  if (lines.length === 0) {
    console.error("no workload has such a name");
    await close();
    return 2;
  }
  const machine = await describeMachine();
  const ticks = coreTicks();
  const start = performance.now();
  let done = 0;
  const onRound = (number) => {
    done = number;
    if (!isQuick) console.log(number === 0 ? "warming up" : `round ${number} of ${rounds}`);
  };
  const samples = await runRounds(lines, { rounds, isQuick, onRound });
  const seconds = Math.round((performance.now() - start) / 1_000);

  const ferrules = [...peers, ...opened].filter(({ isFerrule }) => isFerrule);
  const safetyTimerHits = ferrules.reduce((sum, { runtime }) => sum + runtime.stats().safetyTimerHits, 0);
  await close();

  if (isQuick) {
    console.log(`${lines.length} lines answered as they must; ${safetyTimerHits} hits of the safety timer`);
    return safetyTimerHits === 0 ? 0 : 1;
  }
  const { total, stolen } = coreTicks();
  machine.stolen = round((stolen - ticks.stolen) / (total - ticks.total));
  machine.coresGotAfter = await coresGot();
  const results = resultsOf(lines, samples);
  for (const { workload, lines: table } of tablesOf(results)) console.log(`\n${workload}\n\n${table.join("\n")}`);
  const aims = evaluateAims(results, { safetyTimerHits });
  console.log(`\naims\n\n${aimsTable(aims).join("\n")}\n`);
  console.log(`${seconds} s; ${results.reduce((sum, { dropped }) => sum + dropped, 0)} samples dropped`);
  console.log(quietText(machine));
  if (isRecorded && isWhole) {
    for (const path of await writeRecord({ machine, rounds: done, seconds, absent, results, aims }))
      console.log(`wrote ${path}`);
  }
  // Of some workloads alone, what they do not say is no miss.
  const missed = aims.some(({ met, value }) => !met && (value !== null || only === undefined));
  return safetyTimerHits > 0 || (isStrict && missed) ? 1 : 0;
}
