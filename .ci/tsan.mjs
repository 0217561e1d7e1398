// npm run tsan                   runs ring/examples/publication.rs under ThreadSanitizer, and the mutants it must find
// npm run tsan -- --mutant NAME  one mutant alone
//
// The mutants are those of test/mutants/ with "tsan" behind Test or Also. Fences are not its business: it does not
// understand them, and would report what loom and SPIN prove.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { apply, mutants, refresh, tsan } from "./mutant-tree.mjs";

const args = process.argv.slice(2);
const known = mutants().filter(({ test, also }) => test === "tsan" || also === "tsan");
const mutant = known.find(({ name }) => args[0] === "--mutant" && name === args[1]);
if (args.length > 0 && mutant === undefined) {
  const names = known.map(({ name }) => name).join("\n  ");
  console.error(`usage: npm run tsan [-- --mutant NAME], NAME one of:\n  ${names}`);
  process.exit(2);
}

const sysroot = spawnSync("rustc", ["--print", "sysroot"], { encoding: "utf8" }).stdout?.trim();
const libraries = join(sysroot ?? "", "lib/rustlib/x86_64-unknown-linux-gnu/lib");
if (!existsSync(libraries) || !readdirSync(libraries).some((file) => file.endsWith("_rt.tsan.a"))) {
  console.error("ThreadSanitizer's library was not found. It comes with Rust from https://rustup.rs");
  process.exit(1);
}

let failed = 0;

function judge(name, isGood, output, seconds) {
  if (!isGood) failed++;
  console.log(`${name.padEnd(26)}${seconds.toFixed(1).padStart(6)} s  ${isGood ? "" : "FAILS: "}${said(output)}`);
  if (!isGood) console.log(output.trim());
}

/** The line that matters. */
function said(output) {
  const lines = output.trim().split("\n");
  return lines.find((line) => /data race|panicked/.test(line))?.trim() ?? lines.at(-1);
}

function timed() {
  const start = performance.now();
  return { ...tsan(), seconds: (performance.now() - start) / 1_000 };
}

refresh();
if (mutant === undefined) {
  const { code, output, seconds } = timed();
  judge("the program", code === 0, output, seconds);
}
for (const each of mutant === undefined ? known : [mutant]) {
  if (!apply(each)) {
    failed++;
    continue;
  }
  const { code, output, seconds } = timed();
  apply(each, true);
  judge(each.name, code !== 0 && output.includes("ThreadSanitizer: data race"), output, seconds);
}
console.log(failed === 0 ? "\nnothing failed" : `\n${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
