// Runs every check, goes on past failures, and ends with a line "N passed, N failed".
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const report = join(root, "target/vitest.json");
mkdirSync(dirname(report), { recursive: true });
rmSync(report, { force: true });

/** Runs a command, shows what it prints, and answers its exit code and output. */
function run(command, args, env = {}) {
  console.log(`\n== ${[command, ...args].join(" ")}`);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const show = (stream) => (chunk) => {
      stream.write(chunk);
      output += chunk;
    };
    child.stdout.on("data", show(process.stdout));
    child.stderr.on("data", show(process.stderr));
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

const totals = { passed: 0, failed: 0 };
const failures = [];

function add(name, passed, failed) {
  totals.passed += passed;
  totals.failed += failed;
  if (failed > 0) failures.push(`${name}: ${failed} failed`);
}

/** A check that passes or fails as a whole. */
async function check(name, command, args, env) {
  const { code } = await run(command, args, env);
  add(name, code === 0 ? 1 : 0, code === 0 ? 0 : 1);
}

/** A run of Rust tests: each counts. One that could not even be built counts as a failure. */
async function cargo(name, args, env) {
  const { code, output } = await run("cargo", args, env);
  let [passed, failed] = [0, 0];
  for (const [, ok, bad] of output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed/gm)) {
    passed += Number(ok);
    failed += Number(bad);
  }
  if (passed === 0 || (code !== 0 && failed === 0)) failed++;
  add(name, passed, failed);
}

const bin = (name) => join(root, "node_modules/.bin", name);
await check("biome", bin("biome"), ["check", "."]);
await check("types", bin("tsc"), ["-p", "tsconfig.test.json"]);
await check("generated layout", "node", [".ci/generate.mjs"], { CI: "1" });
await check("rustfmt", "cargo", ["fmt", "--all", "--check"]);
await check("clippy", "cargo", [
  "clippy",
  "--workspace",
  "--all-targets",
  "--locked",
  "--quiet",
  "--",
  "-D",
  "warnings",
]);
const documented = ["ferrule-sdk", "ferrule-macros", "ferrule-runtime", "ferrule-ring"].flatMap((name) => ["-p", name]);
await check("rustdoc", "cargo", ["doc", "--no-deps", "--locked", "--quiet", ...documented], {
  RUSTDOCFLAGS: "-D warnings",
});
await cargo("Rust tests", ["test", "--workspace", "--locked", "--quiet"]);
await cargo("loom models", ["test", "--release", "--locked", "--quiet", "-p", "ferrule-ring", "--lib", "models"], {
  RUSTFLAGS: "--cfg loom",
  CARGO_TARGET_DIR: join(root, "target/loom"),
});
const vitest = await run(bin("vitest"), ["run", "--reporter=default", "--reporter=json", `--outputFile=${report}`]);
try {
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  const failed = numFailedTests + (numFailedTests === 0 ? numFailedTestSuites : 0);
  add(
    "TypeScript tests",
    numPassedTests,
    failed + (numPassedTests === 0 || (vitest.code !== 0 && failed === 0) ? 1 : 0),
  );
} catch {
  add("TypeScript tests", 0, 1);
}

if (failures.length > 0) console.log(`\nFailed:\n  ${failures.join("\n  ")}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
