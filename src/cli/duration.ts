/** Durations as Go writes them: `5s`, `500ms`, `1m30s`. */
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** No timer of JavaScript runs longer than 2^31 - 1 ms. */
const MAX = 596 * 3_600_000;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

/** Milliseconds of a duration.
 * @throws {FerruleError} `INVALID_ARGUMENT` */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  if (!WHOLE.test(text)) {
    throw new FerruleError("INVALID_ARGUMENT", `invalid duration ${quote(text)}: write it like 5s, 500ms or 1m30s`, {
      permanent: true,
    });
  }
  const parts = [...text.matchAll(PART)];
  const milliseconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * MILLISECONDS[unit!]!, 0);
  if (milliseconds <= MAX) return milliseconds;
  throw new FerruleError("INVALID_ARGUMENT", `invalid duration ${quote(text)}: at most 596h`, { permanent: true });
}
