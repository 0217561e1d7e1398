/** A length of time, as configurations write it. */
import { formatDuration, parseDuration } from "../confmap/duration.ts";
import { FerruleError } from "../core/errors.ts";

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/**
 * A duration, to the nanosecond, in the Collector's text form: `1h30m`, `1.5s`, `100ms`. As a default in a factory's
 * configuration it makes its field take that form, or a whole number of nanoseconds, as the Collector does.
 */
export class Duration {
  /** Negative for a time that lies back. */
  readonly nanoseconds: bigint;

  /** @throws {FerruleError} `INVALID_ARGUMENT` beyond 64 bits: some 292 years */
  constructor(nanoseconds: bigint) {
    if (nanoseconds < MIN || nanoseconds > MAX) throw invalid("a duration has at most 64 bits of nanoseconds");
    this.nanoseconds = nanoseconds;
  }

  /** Reads the text form.
   * @throws {FerruleError} `INVALID_ARGUMENT` in Go's words, without the text: it may be a secret that went astray */
  static parse(text: string): Duration {
    try {
      return new Duration(parseDuration(text));
    } catch (error) {
      throw invalid((error as Error).message);
    }
  }

  /** From milliseconds, as timers count them; what is beyond the nanosecond is dropped.
   * @throws {FerruleError} `INVALID_ARGUMENT` for what is no finite number */
  static fromMilliseconds(milliseconds: number): Duration {
    if (!Number.isFinite(milliseconds)) throw invalid(`${milliseconds} is no number of milliseconds`);
    const whole = Math.trunc(milliseconds);
    const rest = Math.trunc((milliseconds - whole) * Number(NANOSECONDS_PER_MILLISECOND));
    return new Duration(BigInt(whole) * NANOSECONDS_PER_MILLISECOND + BigInt(rest));
  }

  /** For timers. */
  get milliseconds(): number {
    return Number(this.nanoseconds) / Number(NANOSECONDS_PER_MILLISECOND);
  }

  /** The text form, which {@link Duration.parse} reads. */
  toString(): string {
    return formatDuration(this.nanoseconds);
  }

  /** Durations are written into JSON as their text. */
  toJSON(): string {
    return this.toString();
  }

  /** Keeps it whole where plain objects are taken apart. */
  get [Symbol.toStringTag](): string {
    return "Duration";
  }
}

function invalid(text: string): FerruleError {
  return new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
}
