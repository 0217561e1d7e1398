/** The quick form of `npm run reloads`. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("run.mjs", import.meta.url));

test("reloads under load leave the state of a fresh start, in both modes", () => {
  const printed = execFileSync(process.execPath, [SCRIPT, "--seed", "7", "--count", "20"], { encoding: "utf8" });
  expect(printed).toContain("seed 7, 20 reloads, restart and checked");
  expect(printed).toMatch(/^checked: 20 reloads in .* meanwhile [\d,]+ answers/m);
  expect(printed).toContain("each reload left the state of a fresh start, nothing has grown, and 0 handles are left");
});

test("options that are none are refused", () => {
  const run = (): string => execFileSync(process.execPath, [SCRIPT, "--mode", "often"], { stdio: "pipe" }).toString();
  expect(run).toThrow("--mode must be one of both, restart, checked, got often\nusage: npm run reloads");
});
