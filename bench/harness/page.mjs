// docs/benchmarks.md, made of a record.
import { aimsTable, tablesOf } from "./table.mjs";

/** @param charts `title` and `file` of each */
export function benchmarksPage({ date, machine, rounds, results, aims, absent }, charts) {
  const measured = aims.filter(({ value }) => value !== null);
  const met = measured.filter((aim) => aim.met);
  return [
    "# Benchmarks",
    "",
    "<!-- Written by `npm run bench` from the newest record in bench/record/. Do not edit. -->",
    "",
    `Recorded on ${date} by \`npm run bench\`; [bench/README.md](../bench/README.md) says what is measured, and how.`,
    "All peers run in one run, in turn, and every answer is checked. **Only ratios within one run mean anything.**",
    "",
    ...machineLines(machine, rounds),
    "",
    "## Aims",
    "",
    `${met.length} of the ${measured.length} aims that were measured are met.`,
    "",
    ...aimsTable(aims),
    "",
    ...(absent.length === 0 ? [] : [`Not measured, since this version has it not: ${absent.join(", ")}.`, ""]),
    ...charts.flatMap(({ title, file }) => [`## ${title}`, "", `![${title}](benchmarks/${file})`, ""]),
    "## Everything",
    "",
    '"Times ferrule\'s" is the median of the ratios of each round, with the least and the greatest. It compares what the',
    "workload is about: ns for each, or p50, or p99 where the tail matters. Samples of a round in which a peer got about",
    "one core, although it uses two, are dropped.",
    "",
    ...tablesOf(results).flatMap(({ workload, lines }) => [`### ${heading(workload)}`, "", ...lines, ""]),
  ].join("\n");
}

/** How much of the machine the run had. */
export function quietText({ coresGot, coresGotAfter, stolen }) {
  const share = `the host gave ${(stolen * 100).toFixed(1)} % of the cores' time to others`;
  return `two busy threads got ${coresGot} cores before and ${coresGotAfter} after; ${share}`;
}

function machineLines(machine, rounds) {
  const used = `${machine.coresUsed} of ${machine.cores} cores${machine.isPinned ? ", by `taskset`" : ""}`;
  return [
    `- ${machine.cpu}${machine.virtual ? ", a virtual machine" : ""}; ${used}`,
    `- ${Math.round(machine.memory / 2 ** 30)} GiB of memory, Linux ${machine.kernel}`,
    `- Node.js ${machine.node.slice(1)}, ${machine.rust}`,
    `- ${rounds} rounds; ${quietText(machine)}`,
  ];
}

const heading = (workload) => workload[0].toUpperCase() + workload.slice(1);
