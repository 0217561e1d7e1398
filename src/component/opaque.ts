/** Secrets in a configuration. */
import { inspect } from "node:util";

/** What stands wherever a secret would be shown. */
export const REDACTED = "[REDACTED]";

/**
 * A secret text: a password, a token, a key. However it is printed, written as JSON, put into other text or looked at
 * in a debugger, it is `[REDACTED]`; only {@link Opaque.reveal} gives the text. As a default in a factory's
 * configuration it makes its field a secret.
 */
export class Opaque {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Give it to what needs it, and to nothing that prints. */
  reveal(): string {
    return this.#text;
  }

  /** True when there is no text: the one thing that can be told of a secret. */
  get isEmpty(): boolean {
    return this.#text === "";
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  /** As numbers, too: `NaN`. */
  [Symbol.toPrimitive](hint: string): string | number {
    return hint === "number" ? Number.NaN : REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }

  /** Keeps it whole where plain objects are taken apart: what cannot carry a secret refuses it. */
  get [Symbol.toStringTag](): string {
    return "Opaque";
  }
}
