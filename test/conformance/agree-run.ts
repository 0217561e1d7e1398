/** Whether one run of a collector is what a case expects. */
import { isDeepStrictEqual } from "node:util";

type Fields = Readonly<Record<string, unknown>>;

/** The n-th repetition of an event is marked, so that pairs can speak of it. */
export function marked(events: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return events.map((event) => {
    const count = (counts.get(event) ?? 0) + 1;
    counts.set(event, count);
    return count === 1 ? event : `${event}#${count}`;
  });
}

/** Compares the error, the state, what was shown of the configuration, and the events in their order. */
export function agreesRun(result: Fields, expected: Fields): boolean {
  // A defect of upstream's: here it has to be an error.
  if ("hang" in expected || "upstream_panics" in expected) return typeof result.error === "string";
  const errors = (expected.error_one_of ?? [expected.error]) as unknown[];
  return (
    errors.includes(result.error) &&
    result.state === expected.state &&
    isDeepStrictEqual(result.snapshots, expected.snapshots) &&
    agreesEvents(result.events as string[], expected)
  );
}

function agreesEvents(events: readonly string[], expected: Fields): boolean {
  switch (expected.order) {
    case "exact":
      return isDeepStrictEqual(events, expected.events);
    case "alternatives":
      return (expected.events as string[][]).some((run) => isDeepStrictEqual(events, run));
    case "partial": {
      const found = marked(events);
      const isSame = isDeepStrictEqual([...found].sort(), [...(expected.events as string[])].sort());
      const pairs = (expected.pairs ?? []) as [string, string][];
      return isSame && pairs.every(([before, after]) => found.indexOf(before) < found.indexOf(after));
    }
    default:
      throw new Error(`unknown order "${expected.order}"`);
  }
}
