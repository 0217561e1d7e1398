/** Runs the cases of an area against ferrule, and answers in the form of what is expected of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One module per area: each exports `runCase(input, directory)`. Some run Rust, and need it built. */
const AREAS = {
  ids: { load: () => import("./ids.mjs"), runsRust: false },
  confmap: { load: () => import("./confmap.mjs"), runsRust: false },
  errors: { load: () => import("./errors.mjs"), runsRust: false },
  status: { load: () => import("./status.mjs"), runsRust: false },
  service: { load: () => import("./service.mjs"), runsRust: false },
  graph: { load: () => import("./service.mjs"), runsRust: false },
  cli: { load: () => import("./cli.mjs"), runsRust: false },
};

/** The names of the areas that there are. */
export const areas = Object.keys(AREAS);

/** Whether the cases of an area run Rust. */
export function runsRust(area) {
  return AREAS[area].runsRust;
}

/**
 * Runs every case, one after the other, each in an empty directory of its own. What a case is expected to answer is not
 * looked at.
 */
export async function runCases(area, cases) {
  if (!areas.includes(area)) throw new Error(`unknown area "${area}": there are ${areas.join(", ")}`);
  const { runCase } = await AREAS[area].load();
  const results = [];
  for (const { name, input } of cases) results.push({ name, result: await run(runCase, input) });
  return results;
}

async function run(runCase, input) {
  const directory = mkdtempSync(join(tmpdir(), "ferrule-case-"));
  const before = process.cwd();
  try {
    process.chdir(directory);
    return withPlaceholder(await runCase(filled(input, directory), directory), directory);
  } catch (error) {
    return { thrown: error instanceof Error ? error.message : String(error) };
  } finally {
    process.chdir(before);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `@DIR@` is the case's directory, wherever it stands. */
function filled(value, directory) {
  return replaced(value, "@DIR@", directory);
}

function withPlaceholder(value, directory) {
  return replaced(value, directory, "@DIR@");
}

function replaced(value, from, to) {
  if (typeof value === "string") return value.replaceAll(from, () => to);
  if (Array.isArray(value)) return value.map((item) => replaced(item, from, to));
  if (typeof value !== "object" || value === null) return value;
  const object = {};
  for (const [key, field] of Object.entries(value)) {
    Object.defineProperty(object, replaced(key, from, to), {
      value: replaced(field, from, to),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}
