/** The command: `npm run -s conformance -- AREA < cases.json`. Builds what is missing first. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { areas, runCases, runsRust } from "./driver.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const [area = ""] = process.argv.slice(2);

if (!areas.includes(area)) {
  console.error(`usage: npm run -s conformance -- ${areas.join("|")} < cases.json`);
  process.exit(2);
}
const build = [`${ROOT}.ci/build.mjs`, ...(runsRust(area) ? [] : ["--typescript"])];
const { status } = spawnSync(process.execPath, build, { cwd: ROOT, stdio: ["ignore", 2, 2] });
if (status !== 0) process.exit(1);
const { cases } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(`${JSON.stringify(await runCases(area, cases))}\n`);
