/** Pages that promise something name the tests that hold it: these are there. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/markdown.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const pages = readdirSync(join(ROOT, "docs"))
  .filter((name) => name.endsWith(".md"))
  .filter((name) => read(`docs/${name}`).includes("\n| promise | test |\n"));

/** The rows of a page's table, promise and tests. */
function promisesOf(page: string): { promise: string; tests: string }[] {
  const table = read(`docs/${page}`).split("\n| promise | test |\n|---|---|\n")[1]?.split("\n\n")[0] ?? "";
  return table
    .trim()
    .split("\n")
    .map((row) => {
      const [, promise = "", tests = ""] = row.match(/^\| (.*) \| (.*) \|$/) ?? [];
      return { promise, tests };
    });
}

/** Places under `test/`, each with the names of tests or areas that follow it. */
function referencesIn(tests: string): { path: string; names: string[] }[] {
  return [...tests.matchAll(/`(test\/[^`]+)`([^`]*)/g)].map(([, path = "", after = ""]) => ({
    path,
    names: [...after.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name),
  }));
}

test("pages with promises are found", () => {
  expect(pages).toEqual(expect.arrayContaining(["service.md", "status.md"]));
});

test.each(pages)("docs/%s: every promise has a test, and every test that it names is there", (page) => {
  const rows = promisesOf(page);
  expect(rows.length).toBeGreaterThan(3);
  const wrong: string[] = [];
  for (const { promise, tests } of rows) {
    const references = referencesIn(tests);
    if (promise === "" || references.length === 0) wrong.push(`no test: ${promise}`);
    for (const { path, names } of references) {
      if (!existsSync(join(ROOT, path))) wrong.push(`no such file: ${path}`);
      else if (statSync(join(ROOT, path)).isFile()) {
        // A title may have its parameters filled in; its words are there as they stand.
        const text = read(path);
        wrong.push(...names.filter((name) => !text.includes(`"${name}`)).map((name) => `${path}: no "${name}"`));
      }
    }
    for (const [, areas = ""] of tests.matchAll(/`test\/conformance`, areas? ([^;]*)/g)) {
      const named = [...areas.matchAll(/`(\w+)`/g)].map(([, area]) => area);
      if (named.length === 0) wrong.push(`no area: ${promise}`);
      wrong.push(...named.filter((area) => !existsSync(join(ROOT, `test/conformance/${area}.json`))).map(String));
    }
  }
  expect(wrong).toEqual([]);
});
