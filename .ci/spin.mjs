// npm run spin                   checks the model of falling asleep and being woken, and that every mutant is found
// npm run spin -- --mutant NAME  one mutant alone
// npm run spin -- --all          the model's safety under all of its load at once: a minute, and 1.5 gigabytes
//
// The model, its loads and its mutants are listed in ring/spin/park.pml. Not part of npm test: SPIN must be installed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const model = join(dirname(fileURLToPath(import.meta.url)), "../ring/spin/park.pml");
const SECONDS_MAX = 600;
const MEGABYTES_MAX = 2_000;
/** Depth of the search; a run of the model has less than a thousand steps. */
const DEPTH_MAX = 1_000_000;

function fail(text) {
  console.error(text);
  process.exit(1);
}

function run(command, args, cwd) {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", timeout: SECONDS_MAX * 1_000, maxBuffer: 2 ** 26 });
  if (result.error?.code === "ENOENT")
    fail(`${command} was not found. Install it: apt-get install ${packageOf[command]}`);
  return { code: result.status, output: `${result.stdout}${result.stderr}` };
}

const packageOf = { spin: "spin", cc: "gcc" };

/** Loads and mutants, as the model's header lists them. */
function listed() {
  const header = readFileSync(model, "utf8").split("*/")[0];
  const loads = [];
  const mutants = [];
  let load;
  for (const line of header.split("MUTANTS.")[1].split("\n")) {
    const [, title] = line.match(/^ \* {2}([A-Z]+)$/) ?? [];
    const [, name, rule] = line.match(/^ \* {3}([A-Z_]+) {2,}(.+)$/) ?? [];
    if (title !== undefined) loads.push(title);
    load = title ?? load;
    if (name !== undefined) mutants.push({ name, rule, load });
  }
  return { loads, mutants };
}

/** Makes a verifier, runs it, and answers what it says. */
function verify({ load, mutant, liveness }) {
  const folder = mkdtempSync(join(tmpdir(), "ferrule-spin-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove); // fail() ends the process
  try {
    const defines = [`-D${load}`, ...(mutant === undefined ? [] : [`-D${mutant}`])];
    const generated = run("spin", ["-a", ...defines, model], folder);
    if (generated.code !== 0 || /error/i.test(generated.output)) fail(generated.output);
    // Liveness needs the never claim and weak fairness for each of five processes; safety needs neither.
    const kind = liveness ? ["-DNFAIR=3"] : ["-DSAFETY", "-DNOCLAIM"];
    // A mutant is found within some thousand states: there the compiler takes longer than the search.
    const speed = mutant === undefined ? ["-O2", "-DCOLLAPSE"] : ["-O0"];
    const compiled = run("cc", [...speed, "-w", ...kind, `-DMEMLIM=${MEGABYTES_MAX}`, "-o", "pan", "pan.c"], folder);
    if (compiled.code !== 0) fail(compiled.output);
    const { output } = run("./pan", [`-m${DEPTH_MAX}`, ...(liveness ? ["-a", "-f"] : [])], folder);
    const errors = output.match(/errors: (\d+)/)?.[1];
    const found = output.match(/^pan:1: (.*?) \(at depth/m)?.[1];
    const incomplete = errors === undefined || /max search depth too small|Search not completed/.test(output);
    if (found === undefined && (incomplete || errors !== "0")) {
      fail(`the search did not end:\n${output.replace(/^Depth=.*\n/gm, "")}`);
    }
    return {
      found,
      states: Number(output.match(/(\d+) states, stored/)?.[1]),
      seconds: Number(output.match(/elapsed time ([\d.]+)/)?.[1] ?? 0),
    };
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** SPIN's words for what it found, in ours. */
function reason(found) {
  if (found.startsWith("invalid end state")) return "all asleep, or stuck";
  if (found.startsWith("acceptance cycle")) return "goes on for ever";
  return found.replace(/^assertion violated \((.*)\)$/, "not so: $1");
}

function row(name, load, property, { states, seconds }, verdict) {
  const figures = [states.toLocaleString("en"), seconds.toFixed(1)];
  console.log(
    `${name.padEnd(31)}${load.padEnd(13)}${property.padEnd(10)}${figures[0].padStart(12)}${figures[1].padStart(8)}  ${verdict}`,
  );
}

let failed = 0;

const properties = { safety: false, liveness: true };

function checkModel(load, names) {
  for (const property of names) {
    const liveness = properties[property];
    const result = verify({ load, liveness });
    if (result.found !== undefined) failed++;
    row("the model", load, property, result, result.found === undefined ? "holds" : `FAILS: ${reason(result.found)}`);
  }
}

function checkMutant({ name, load, rule }) {
  for (const [property, liveness] of Object.entries(properties)) {
    const result = verify({ load, mutant: name, liveness });
    if (result.found !== undefined) {
      row(name, load, property, result, `found: ${reason(result.found)}`);
      return;
    }
    if (!liveness) continue;
    failed++;
    row(name, load, property, result, `SURVIVES: ${rule}`);
  }
}

const args = process.argv.slice(2);
const { loads, mutants } = listed();
const mutant = mutants.find(({ name }) => args[0] === "--mutant" && name === args[1]);
const all = args[0] === "--all" && args.length === 1;
if (args.length > 0 && mutant === undefined && !all) {
  console.error(`usage: npm run spin [-- --all | --mutant NAME], NAME one of:`);
  for (const { name, rule } of mutants) console.error(`  ${name.padEnd(31)}${rule}`);
  process.exit(2);
}
run("spin", ["-V"]);
row("", "load", "property", { states: "states", seconds: { toFixed: () => "seconds" } }, "");
if (all) checkModel("ALL", ["safety"]);
if (args.length === 0) for (const load of loads) checkModel(load, Object.keys(properties));
for (const each of mutant !== undefined ? [mutant] : all ? [] : mutants) checkMutant(each);
console.log(failed === 0 ? "\nnothing failed" : `\n${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
