/** The soak's quick form: that the script runs, and what it says. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("run.mjs", import.meta.url));

test("a short soak is answered right, and both sides' books agree", () => {
  const printed = execFileSync(process.execPath, [SCRIPT, "--seed", "7", "--count", "20000"], { encoding: "utf8" });
  expect(printed).toContain("seed 7, 20,000 calls over 4 lanes");
  expect(printed).toContain("every answer was right, every promise settled once, and both sides agree");
});

test("options that are none are refused", () => {
  const run = (): string => execFileSync(process.execPath, [SCRIPT, "--count", "many"], { stdio: "pipe" }).toString();
  expect(run).toThrow("--count must be a whole number from 1 to 1073741824, got many\nusage: npm run soak");
});
