/** The quick form of `npm run workers`. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("run.mjs", import.meta.url));

test("workers and pools that end at random moments leave nothing, and others go on", () => {
  const printed = execFileSync(process.execPath, [SCRIPT, "--seed", "7", "--count", "20"], { encoding: "utf8" });
  expect(printed).toContain("seed 7, 20 rounds of both");
  expect(printed).toContain("nothing is left of any, and the other lanes were answered");
});
