// Builds what is missing or stale: packages, the Rust library, the TypeScript. Prints only what it does.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function run(command, args, what) {
  console.error(`[build] ${what}`);
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.error?.code === "ENOENT") fail(`${command} was not found. ${remedy[command] ?? ""}`);
  if (result.status !== 0) fail(`${what} failed: ${command} ${args.join(" ")}`);
}

function fail(text) {
  console.error(`[build] ${text}`);
  process.exit(1);
}

const remedy = { cargo: "Install Rust 1.91 or newer: https://rustup.rs" };

function isNewer(file, than) {
  return !existsSync(than) || statSync(file).mtimeMs > statSync(than).mtimeMs;
}

const major = Number(process.versions.node.split(".")[0]);
if (major < 20) fail(`Node ${process.versions.node} is too old, ferrule needs 20 or newer`);

const installed = join(root, "node_modules/.package-lock.json");
// A link leads to the packages of another tree, which npm would remove before it installs them here.
const isLinked = lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() === true;
if (!isLinked && isNewer(join(root, "package-lock.json"), installed)) {
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], "installing npm packages");
  // npm keeps the lock file's own time on what it installed: mark it, so that the next run sees that nothing changed.
  const now = new Date();
  utimesSync(installed, now, now);
}

// What runs no Rust needs none built.
if (!process.argv.includes("--typescript")) buildRust();

function buildRust() {
  const libraries = { ferrule_bundle: "ferrule" };
  if (process.argv.includes("--test-extensions")) libraries.ferrule_test_extensions = "ferrule-test-extensions";
  const packages = process.argv.includes("--test-extensions")
    ? ["-p", "ferrule-bundle", "-p", "ferrule-test-extensions"]
    : ["-p", "ferrule-bundle"];
  // Mutants are built often and run briefly: without optimisation.
  const profile = process.argv.includes("--dev") ? "debug" : "release";
  run(
    "cargo",
    ["build", ...(profile === "release" ? ["--release"] : []), "--locked", ...packages],
    "building the Rust library",
  );

  // A library that is loaded must never be overwritten: each build gets a name that holds its content's hash, and one
  // that is there stays as it is.
  const native = join(root, "dist/native");
  mkdirSync(native, { recursive: true });
  const index = join(native, "libraries.json");
  const known = existsSync(index) ? JSON.parse(readFileSync(index, "utf8")) : {};
  for (const [crate, name] of Object.entries(libraries)) {
    const source = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), profile, `lib${crate}.so`);
    const stamp = statSync(source).mtimeMs;
    if (known[name]?.stamp === stamp && existsSync(join(native, known[name].file))) continue;
    const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
    const file = `lib${name}-${hash}.so`;
    for (const old of readdirSync(native)) {
      if (/^-[0-9a-f]{12}\.so$/.test(old.slice(name.length + 3)) && old.startsWith(`lib${name}`) && old !== file)
        rmSync(join(native, old));
    }
    if (!existsSync(join(native, file))) replace(join(native, file), (path) => copyFileSync(source, path));
    known[name] = { file, stamp };
  }
  replace(index, (path) => writeFileSync(path, `${JSON.stringify(known, null, 2)}\n`));
}

/** Whoever reads the file meanwhile sees all of the old one, or all of the new. */
function replace(path, write) {
  const incomplete = `${path}.${process.pid}`;
  write(incomplete);
  renameSync(incomplete, path);
}

/** Whether a source, its configuration or the compiler changed since the last time. A folder changes with a removal. */
function isStale(stamp) {
  if (!existsSync(stamp) || !existsSync(join(root, "dist/cli/bin.js"))) return true;
  const sources = readdirSync(join(root, "src"), { recursive: true }).map((name) => join(root, "src", name));
  const others = ["src", "tsconfig.json", "node_modules/.package-lock.json"].map((name) => join(root, name));
  return [...sources, ...others].some((file) => isNewer(file, stamp));
}

// A build beside processes that are loading what is built must not write it again.
const stamp = join(root, "dist/.compiled");
if (isStale(stamp)) {
  const started = new Date();
  run("node", [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json"], "compiling TypeScript");
  chmodSync(join(root, "dist/cli/bin.js"), 0o755);
  writeFileSync(stamp, "");
  utimesSync(stamp, started, started);
}
