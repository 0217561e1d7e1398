/** The quick form of `npm run model`. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("run.mjs", import.meta.url));

test("a service lives as its model does, whatever is asked of it", () => {
  const printed = execFileSync(process.execPath, [SCRIPT, "--seed", "7", "--count", "300"], { encoding: "utf8" });
  expect(printed).toContain("seed 7, 300 sequences");
  expect(printed).toContain("each lived as its model did, and 0 handles are left");
  // Sequences that ask for nothing would agree, too.
  for (const command of [
    "run",
    "start",
    "shutdown",
    "signal",
    "hangup",
    "reload",
    "change",
    "lose",
    "report",
    "pass",
  ]) {
    expect(printed).toContain(`"${command}":`);
  }
});
