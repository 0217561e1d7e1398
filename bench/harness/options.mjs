// The flags of `npm run bench`.
import { parseArgs } from "node:util";

const USAGE = `usage: npm run bench -- [flags]

  --quick            checks answers only, in seconds: few calls, no record, no aims
  --only <regexp>    only the workloads whose name matches, like 'echo|lanes'; no record unless --record
  --rounds <n>       rounds that count, 6 by default
  --no-peers         only ferrule, the bare promise, koffi and postMessage: what needs no building; no record
  --cores <n>        cores to run on, 2 by default, since the aims are about two; 0 for all there are
  --strict           exit 1 when an aim was missed
  --record           write bench/record/<date>.json, docs/benchmarks.md and the charts; the default for a whole run
  --no-record        do not`;

/** @returns the options, or undefined after telling how it is used */
export function readOptions(argv) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string" },
        rounds: { type: "string", default: "6" },
        "no-peers": { type: "boolean", default: false },
        cores: { type: "string", default: "2" },
        strict: { type: "boolean", default: false },
        record: { type: "boolean", default: false },
        "no-record": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) throw new Error("");
    const whole = values.only === undefined && !values.quick;
    return {
      isQuick: values.quick,
      only: values.only === undefined ? undefined : new RegExp(values.only),
      rounds: wholeNumber("--rounds", values.rounds, 1),
      cores: wholeNumber("--cores", values.cores, 0),
      withPeers: !values["no-peers"],
      isStrict: values.strict,
      isRecorded: !values["no-record"] && (values.record || whole),
    };
  } catch (error) {
    console.error(error.message === "" ? USAGE : `${error.message}\n\n${USAGE}`);
    return undefined;
  }
}

function wholeNumber(flag, text, least) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`${flag} must be a whole number from ${least} on`);
  return number;
}
