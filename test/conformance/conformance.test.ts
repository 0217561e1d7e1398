/** Every open case, through the same code as `npm run conformance`. */
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { agreesRun, marked } from "./agree-run.ts";

interface Case {
  readonly name: string;
  readonly input: unknown;
  readonly expected: Readonly<Record<string, unknown>>;
}
interface Driver {
  readonly areas: readonly string[];
  runCases(area: string, cases: readonly unknown[]): Promise<{ name: string; result: Record<string, unknown> }[]>;
}

const { areas, runCases } = (await import(new URL("./driver.mjs", import.meta.url).href)) as Driver;
const casesOf = (area: string): Case[] =>
  (JSON.parse(readFileSync(new URL(`./${area}.json`, import.meta.url), "utf8")) as { cases: Case[] }).cases;

/** What an error says up to the words of Go's YAML parser, and of its decoder: others are as good. */
const upToTheParser = (error: unknown): unknown =>
  typeof error === "string" ? error.replace(/(contents are not valid YAML): .*/s, "$1") : error;

/** Whether a result is what is expected, or better where upstream is wrong. */
function agrees(result: Record<string, unknown>, expected: Readonly<Record<string, unknown>>): boolean {
  const choices = (expected.one_of ?? [expected]) as Readonly<Record<string, unknown>>[];
  return choices.some(({ upstream_loses: lost, decoded, panic_in: panics, ...others }) => {
    // Upstream panics: here it is refused, in words that name the code.
    if (panics !== undefined) return /\bgot -?\d+$/.test(String(result.error));
    // It panics for want of a status: the one that it had in mind is answered.
    const grpc = others.grpc === "panic" ? { code: 2, name: "Unknown", message: others.message } : others.grpc;
    const wanted = "grpc" in others ? { ...others, grpc } : others;
    if (lost === undefined) {
      const whole = decoded === undefined ? wanted : { ...wanted, decoded };
      return isDeepStrictEqual(comparable(result), comparable(whole));
    }
    const { decode_error: error, ...rest } = result;
    return isDeepStrictEqual(rest, wanted) && String(error).includes(`'${lost}'`);
  });
}

function comparable(result: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify({ ...result, error: upToTheParser(result.error) }));
}

const RUNS = ["service", "graph"];
/** Areas of which there are further cases, made in the same way. */
const MORE = ["ids", "errors", "status", "service", "graph", "cli"];
/** How many open cases there are at least. */
const COUNT_MIN: Readonly<Record<string, number>> = { status: 19, graph: 9 };

describe.each(areas.map((area) => [area]))("%s", (area) => {
  test("every open case", async () => {
    const cases = casesOf(area);
    const results = await runCases(area, cases);
    expect(results.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
    const wrong = results.flatMap(({ name, result }, index) => {
      const expected = cases[index]?.expected ?? {};
      const isRight = RUNS.includes(area) ? agreesRun(result, expected) : agrees(result, expected);
      return isRight ? [] : [{ name, result, expected }];
    });
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(COUNT_MIN[area] ?? 21);
  });
});

test.each(MORE)("%s: every further case", async (area) => {
  const cases = casesOf(`more-${area}`);
  const results = await runCases(area, cases);
  const wrong = results.flatMap(({ name, result }, index) => {
    const expected = cases[index]!.expected;
    const isRight = RUNS.includes(area) ? agreesRun(result, expected) : agrees(result, expected);
    return isRight ? [] : [{ name, result, expected }];
  });
  expect(wrong).toEqual([]);
  expect(cases).toHaveLength(60);
});

test("a case that throws is told, and the others go on", async () => {
  const results = await runCases("ids", [
    { name: "a", input: null },
    { name: "b", input: { kind: "type", text: "x" } },
  ]);
  expect(results[0]?.result).toEqual({ thrown: expect.stringContaining("null") });
  expect(results[1]).toEqual({ name: "b", result: { type: "x" } });
  await expect(runCases("nope", [])).rejects.toThrow(
    'unknown area "nope": there are ids, confmap, errors, status, service, graph, cli',
  );
});

test("a run is compared by its error, its state, its snapshots and the order of its events", () => {
  const run = { error: null, state: "Closed", events: ["a", "b", "a"] };
  const exact = { ...run, order: "exact" };
  const partial = { ...run, events: ["a", "a#2", "b"], order: "partial", pairs: [["b", "a#2"]] };
  const alternatives = { ...run, events: [["b"], ["a", "b", "a"]], order: "alternatives" };
  for (const expected of [exact, partial, alternatives]) {
    expect(agreesRun(run, expected)).toBe(true);
    expect(agreesRun({ ...run, error: "x" }, expected)).toBe(false);
    expect(agreesRun({ ...run, state: "Closing" }, expected)).toBe(false);
    expect(agreesRun({ ...run, snapshots: {} }, expected)).toBe(false);
    expect(agreesRun({ ...run, events: ["a", "a", "b"] }, expected)).toBe(false);
  }
  expect(agreesRun({ ...run, error: "x" }, { ...exact, error: undefined, error_one_of: ["w", "x"] })).toBe(true);
  expect(agreesRun(run, { hang: true })).toBe(false);
  expect(agreesRun({ ...run, error: "x" }, { hang: true })).toBe(true);
  expect(marked(["a", "b", "a"])).toEqual(["a", "b", "a#2"]);
});
