/** Durations on the command line, as timers take them. */
import { parseDuration as parseNanoseconds } from "../confmap/duration.ts";
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";

/** Milliseconds: no timer of JavaScript runs longer than 2^31 - 1 of them. */
const MAX = 596 * 3_600_000;

/** Milliseconds of a duration as Go writes it: `5s`, `500ms`, `1m30s`.
 * @throws {FerruleError} `INVALID_ARGUMENT` */
export function parseDuration(text: string): number {
  const milliseconds = millisecondsOf(text);
  if (milliseconds === undefined || milliseconds < 0) throw invalid(text, "write it like 5s, 500ms or 1m30s");
  if (milliseconds > MAX) throw invalid(text, "at most 596h");
  return milliseconds;
}

function millisecondsOf(text: string): number | undefined {
  try {
    return Number(parseNanoseconds(text)) / 1e6;
  } catch {
    return undefined;
  }
}

function invalid(text: string, remedy: string): FerruleError {
  const message = `invalid duration ${quote(text)}: ${remedy}`;
  return new FerruleError("INVALID_ARGUMENT", message, { permanent: true });
}
