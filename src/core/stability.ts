/** How far a component may be trusted: the Collector's levels and sentences. */
import { FerruleError } from "./errors.ts";
import { quote } from "./quote.ts";

const SENTENCES = {
  Undefined: "Stability level of component is undefined",
  Unmaintained:
    "Unmaintained component. Actively looking for contributors. Component will become deprecated after 3 months of remaining unmaintained.",
  Deprecated: "Deprecated component. Will be removed in future releases.",
  Development: "Development component. May change in the future.",
  Alpha: "Alpha component. May change in the future.",
  Beta: "Beta component. May change in the future.",
  Stable: "Stable component.",
} as const;

/** A stability level, as it is printed. */
export type Stability = keyof typeof SENTENCES;

/** Every level, from the least to the most reliable. */
export const STABILITIES = Object.keys(SENTENCES) as readonly Stability[];

/** Reads a level, in any case.
 * @throws {FerruleError} `INVALID_ARGUMENT` */
export function parseStability(text: string): Stability {
  const level = STABILITIES.find((known) => known.toLowerCase() === text.toLowerCase());
  if (level === undefined) {
    throw new FerruleError("INVALID_ARGUMENT", `unsupported stability level: ${quote(text)}`, { permanent: true });
  }
  return level;
}

/** What the log says of a component of this level. */
export function stabilitySentence(level: Stability): string {
  return SENTENCES[level];
}
