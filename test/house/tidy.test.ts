/** Rules of the house that can be tests. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/markdown.ts";

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(ROOT, path)));
const code = tracked.filter((path) => /\.(ts|mjs|rs|sh)$/.test(path) && !path.endsWith(".generated.ts"));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const own = "test/house/tidy.test.ts";

test("lines are at most 120 columns wide", () => {
  const wide = code.flatMap((path) =>
    read(path)
      .split("\n")
      .map((line, index) => ({ place: `${path}:${index + 1}`, width: [...line].length, text: line }))
      // What is too wide for want of a place to break a text is no matter of taste.
      .filter(({ width, text }) => width > 120 && !/["'`].{40}/.test(text)),
  );
  expect(wide).toEqual([]);
});

test("files are short enough to be read at one sitting", () => {
  const lines = (path: string): number => read(path).split("\n").length;
  // The layout is one table, the test library one list of mischief.
  const allowed = new Map([
    ["ring/src/layout.rs", 410],
    ["src/runtime/sender.ts", 395],
    ["test/extensions/src/lib.rs", 400],
  ]);
  const long = code.filter((path) => !path.startsWith("test/") || path.endsWith(".rs"));
  expect(long.filter((path) => lines(path) > (allowed.get(path) ?? 320)).map((path) => [path, lines(path)])).toEqual(
    [],
  );
});

test("nothing is left for later, and no test is left out", () => {
  const words =
    /\b(TODO|FIXME|XXX|HACK)\b|\b(todo|unimplemented)!\(|\b(it|test|describe)\.(skip|only|todo)\b|#\[ignore/;
  expect(code.filter((path) => path !== own && words.test(read(path)))).toEqual([]);
});

test("unsafe lives in the files that the architecture page lists, and nowhere else", () => {
  const page = read("docs/architecture.md");
  const section = page.split("## Where unsafe lives")[1]?.split("\n## ")[0] ?? "";
  const listed = [...section.matchAll(/^- `([^`]+\.rs)`/gm)].map(([, path]) => path).sort();
  const uses = (path: string): boolean =>
    read(path)
      .split("\n")
      .some((line) => /\bunsafe\b/.test(line.replace(/\/\/.*/, "").replace(/"[^"]*"/g, "")));
  const found = code.filter((path) => path.endsWith(".rs") && uses(path)).sort();
  expect(found).toEqual(listed);
  expect(found.length).toBeLessThan(8);
});

test("raw atomics of the ring are named in one file, which loom replaces", () => {
  const ring = code.filter((path) => path.startsWith("ring/src/") && path !== "ring/src/sync.rs");
  expect(ring.filter((path) => /(std|core|loom)::sync::atomic/.test(read(path)))).toEqual([]);
});

test("koffi is named in one file", () => {
  const sources = code.filter((path) => path.startsWith("src/"));
  expect(sources.filter((path) => /"koffi"/.test(read(path)))).toEqual(["src/runtime/library.ts"]);
});

test("imports point one way", () => {
  const rooms = [
    ...["core", "ring", "runtime", "confmap", "client", "typegen", "component", "config"],
    ...["pipeline", "service", "builder", "cli"],
  ];
  const allowed: Readonly<Record<string, readonly string[]>> = {
    core: [],
    ring: ["core"],
    runtime: ["core", "ring"],
    confmap: ["core"],
    client: ["core", "runtime"],
    typegen: ["core", "runtime"],
    component: ["core", "runtime", "confmap"],
    config: ["core", "component", "confmap", "runtime"],
    pipeline: ["core", "component", "config"],
    service: ["core", "runtime", "confmap", "component", "config", "pipeline"],
    builder: ["core", "runtime", "confmap", "component", "config", "service", "typegen"],
    cli: ["core", "runtime", "confmap", "component", "config", "pipeline", "service", "builder"],
  };
  const wrong: string[] = [];
  for (const room of rooms) {
    for (const path of code.filter((each) => each.startsWith(`src/${room}/`))) {
      for (const [, target = ""] of read(path).matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
        const to = join(dirname(path), target).split("/")[1] ?? "";
        if (to !== room && rooms.includes(to) && !allowed[room]?.includes(to)) wrong.push(`${path} > ${target}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("the rooms of the Rust side know only what they may", () => {
  const uses = (room: string, words: RegExp): string[] =>
    code.filter((path) => path.startsWith(room) && path.endsWith(".rs") && words.test(read(path)));
  expect(uses("ring/src/", /\b(tokio|ferrule_runtime|serde_json)::/)).toEqual([]);
  expect(uses("runtime/sdk/src/", /\bferrule_(ring|runtime)::/)).toEqual([]);
  expect(uses("components/src/", /\bferrule_(ring|runtime)::/)).toEqual([]);
  expect(uses("runtime/src/", /\bferrule_components::/)).toEqual([]);
});

test("twins of the two languages stand under one name", () => {
  for (const name of ["byte_ring", "cancel", "completion_ring", "doorbell", "event_ring", "header", "request_ring"]) {
    expect(existsSync(join(ROOT, `ring/src/${name}.rs`)), name).toBe(true);
    expect(existsSync(join(ROOT, `src/ring/${name.replace("_", "-")}.ts`)), name).toBe(true);
  }
});

test("the project speaks of the project alone", () => {
  const strangers = /\/(home|root|Users)\/[a-z]|\/tmp\/[a-z]+_jobs/;
  const others = tracked.filter((path) => !path.includes("lock") && path !== own);
  expect(others.filter((path) => strangers.test(read(path)))).toEqual([]);
});
