// Builds the benchmark's peers, when they are missing or stale: npm packages, two addons, a server. Nothing of this is
// part of ferrule.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = join(process.env.CARGO_TARGET_DIR ?? join(here, "../target"), "bench-peers");

function run(command, args, cwd, what) {
  console.error(`[bench] ${what}`);
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: ["ignore", 2, 2] });
  if (status === 0) return;
  console.error(
    `[bench] ${what} failed: ${command} ${args.join(" ")}${error === undefined ? "" : `: ${error.message}`}`,
  );
  process.exit(1);
}

const installed = join(here, "node_modules/.package-lock.json");
if (!existsSync(installed) || statSync(join(here, "package-lock.json")).mtimeMs > statSync(installed).mtimeMs) {
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], here, "installing npm packages of the peers");
  const now = new Date();
  utimesSync(installed, now, now);
}

run("cargo", ["build", "--release", "--locked"], join(here, "peers"), "building the peers in Rust");
const outputs = { "libpeer_napi.so": "napi.node", "libpeer_neon.so": "neon.node", "peer-server": "peer-server" };
mkdirSync(join(here, "peers/dist"), { recursive: true });
for (const [built, name] of Object.entries(outputs)) {
  // Renamed into place: a run that has the old one loaded keeps it.
  const copy = join(here, "peers/dist", `.${name}`);
  copyFileSync(join(target, "release", built), copy);
  renameSync(copy, join(here, "peers/dist", name));
}
