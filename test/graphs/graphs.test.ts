/** The quick form of `npm run graphs`. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("run.mjs", import.meta.url));

test("random graphs start and stop in order, and each extension fails at each step in its turn", () => {
  const args = [SCRIPT, "--seed", "7", "--count", "20", "--extensions", "10", "--failing", "10"];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
  expect(printed).toContain("seed 7, 20 graphs of 10 extensions, 10 of them failing at each step");
  expect(printed).toContain('lives {"whole":20,"create":200,"start":200,"shutdown":200}');
  expect(printed).toContain("each failure was told first and cleaned up, and 0 handles are left");
});
