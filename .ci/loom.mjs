// npm run loom                  runs the models of everything shared
// npm run loom -- --mutant NAME applies one mutation first: the models must find it, so this must fail
import { apply, loom, mutants, refresh } from "./mutant-tree.mjs";

const args = process.argv.slice(2);
const known = mutants().filter(({ test }) => test.startsWith("loom"));
const name = args[0] === "--mutant" ? args[1] : undefined;
const mutant = known.find((each) => each.name === name);
if (args.length > 0 && mutant === undefined) {
  console.error(
    `usage: npm run loom [-- --mutant NAME], NAME one of:\n  ${known.map((each) => each.name).join("\n  ")}`,
  );
  process.exit(2);
}
refresh();
if (mutant !== undefined && !apply(mutant)) process.exit(2);
const { code, output } = loom();
if (mutant !== undefined) apply(mutant, true);
console.log(output.trim());
if (mutant !== undefined) console.log(code === 0 ? `\n${name}: missed` : `\n${name}: caught`);
process.exitCode = code === 0 ? 0 : 1;
