// npm run mutants [-- NAME...]: applies each small patch of test/mutants/ to a copy of the tree; the test that it
// names must fail. One that no test notices, or that does not fit the code any more, is a failure of this run.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { apply, loom, mutants, refresh, root, run, tsan } from "./mutant-tree.mjs";

const wanted = process.argv.slice(2);
const all = mutants();
const unknown = wanted.filter((name) => !all.some((mutant) => mutant.name === name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}; known:\n  ${all.map(({ name }) => name).join("\n  ")}`);
  process.exit(2);
}
const chosen = wanted.length === 0 ? all : all.filter(({ name }) => wanted.includes(name));

const build = () => run("node", [".ci/build.mjs", "--test-extensions", "--dev"]);
/** A mutant need not have the right types: what counts is what runs, and tsc writes that all the same. */
const compile = () => {
  run("node", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"]);
  return { code: 0, output: "" };
};

/** Runs the test that a mutant names. Code 0: it passed. */
function test({ test }) {
  const [kind, ...words] = test.split(" ");
  const rest = words.join(" ");
  if (kind === "loom") return loom(rest || "models");
  if (kind === "tsan") return tsan();
  if (kind === "cargo") return run("cargo", ["test", "--locked", "--quiet", "-p", ...words], { timeout: 300_000 });
  const [, file, name] = rest.match(/^(\S+) (.+)$/) ?? [];
  const exact = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const args = ["node_modules/vitest/vitest.mjs", "run", file, "-t", exact, "--testTimeout=20000"];
  return run("node", args, { timeout: 60_000 });
}

function judge(mutant) {
  if (!apply(mutant)) return "does not apply";
  try {
    const needsBuild = mutant.test.startsWith("vitest");
    const built = needsBuild ? (mutant.rust ? build() : compile()) : { code: 0 };
    if (built.code !== 0) return `does not build\n${built.output}`;
    const { code, output } = test(mutant);
    if (code === 0) return "missed";
    const ran = /failed|FAILED|panicked|FAIL|data race/.test(output) || code === null;
    return ran ? "caught" : `its test did not run\n${output}`;
  } finally {
    apply(mutant, true);
  }
}

spawnSync("node", [join(root, ".ci/build.mjs")], { stdio: ["ignore", 2, 2] });
refresh();
const first = build();
if (first.code !== 0) {
  console.error(first.output);
  process.exit(1);
}
let caught = 0;
let stale = true;
for (const mutant of chosen) {
  if (!mutant.rust && stale) build();
  stale = mutant.rust && mutant.test.startsWith("vitest");
  const verdict = judge(mutant);
  if (verdict === "caught") caught++;
  console.log(`${verdict === "caught" ? "caught" : "MISSED"}  ${mutant.name}: ${mutant.rule}`);
  if (verdict !== "caught" && verdict !== "missed") console.log(`        ${verdict}`);
}
console.log(`\n${caught} caught, ${chosen.length - caught} missed`);
process.exitCode = caught === chosen.length ? 0 : 1;
