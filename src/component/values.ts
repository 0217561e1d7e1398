/** Values of a configuration that print otherwise than they are held. */
import { formatDuration, parseDuration } from "../confmap/duration.ts";

const REDACTED = "[REDACTED]";
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** A secret: whatever prints it shows that there is one, and not which. */
export class Opaque {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The secret itself, for its user. */
  reveal(): string {
    return this.#secret;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}

/** A length of time: `1m30s` in YAML, nanoseconds in JSON, as the Collector prints it. */
export class Duration {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }

  /** Reads `1m30s`.
   * @throws {Error} in Go's words */
  static parse(text: string): Duration {
    return new Duration(parseDuration(text));
  }

  toString(): string {
    return formatDuration(this.nanoseconds);
  }
}

/** A number with a point, also where it is whole: Go's YAML writes large ones with an exponent. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}
