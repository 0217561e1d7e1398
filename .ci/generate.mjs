// Writes TypeScript's copy of the layout from the Rust one. With CI set it only compares, and fails when they differ.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = "src/ring/layout.generated.ts";
const made = spawnSync("cargo", ["run", "--quiet", "--locked", "-p", "ferrule-ring", "--bin", "generate-layout"], {
  cwd: root,
  encoding: "utf8",
  stdio: ["ignore", "pipe", 2],
});
if (made.status !== 0) process.exit(made.status ?? 1);

const path = join(root, target);
const present = existsSync(path) ? readFileSync(path, "utf8") : "";
if (present === made.stdout) {
  console.log(`${target} is fresh`);
} else if (process.env.CI) {
  const ours = made.stdout.split("\n");
  const line = present.split("\n").findIndex((text, index) => text !== ours[index]);
  console.error(`${target} is stale: it differs from ring/src/layout.rs at line ${line + 1}. Run npm run generate.`);
  process.exit(1);
} else {
  writeFileSync(path, made.stdout);
  console.log(`wrote ${target}`);
}
