/**
 * How a command says what went wrong: the text as the Collector has it, then what helps a person, and never a stack.
 */
import type { Conf } from "../confmap/conf.ts";
import { formatPlace } from "../confmap/place.ts";
import { InvalidConfigError, type Spot } from "../confmap/problem.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import { ServiceError } from "../service/service-error.ts";
import { excerptOf } from "./excerpt.ts";
import { stderr } from "./output.ts";
import { type Style, styled } from "./pretty.ts";
import { printable } from "./printable.ts";

/** Begins every line that the Collector would not have printed. */
const NOTE = "  | ";

/** An error of the command line itself. */
export class UsageError extends FerruleError {
  override name = "UsageError";
  /** Follows the text, before the notes. */
  readonly usage: string;
  readonly notes: readonly string[];

  constructor(message: string, usage = "", notes: readonly string[] = []) {
    super("INVALID_ARGUMENT", message, { permanent: true });
    this.usage = usage;
    this.notes = notes;
  }
}

/** What is added for a person; the style is for terminals that have colours. */
interface Note {
  readonly text: string;
  readonly style?: Style;
}

/** With more places than these, none is shown with its line: an error is at most one screen. */
const EXCERPTS_MAX = 4;
const PLACES_MAX = 12;

/** Writes an error to stderr, at once: whatever ends the process next must not swallow it.
 * @param conf finds the places of components that failed */
export function reportError(error: unknown, conf?: Conf): void {
  const usage = error instanceof UsageError ? error.usage : "";
  const colour = process.stderr.isTTY === true && process.stderr.hasColors();
  const paint = (style: Style | undefined, text: string): string =>
    colour && style !== undefined ? styled(style, text) : text;
  const notes = unique(notesOf(error, conf)).map(({ text, style }) => `${NOTE}${paint(style, printable(text))}\n`);
  const message = `${paint("red", "Error:")} ${printable(messageOf(error))}`;
  stderr.write(`${message}\n${printable(usage)}${notes.join("")}`, true);
}

/** Each place once, with everything that belongs to it. */
function unique(places: readonly (readonly Note[])[]): Note[] {
  return [...new Map(places.map((notes) => [notes.map(({ text }) => text).join("\n"), notes])).values()].flat();
}

/** What there is to say, place by place. */
function notesOf(error: unknown, conf: Conf | undefined): Note[][] {
  if (error instanceof UsageError) return error.notes.map((text) => [{ text }]);
  if (error instanceof InvalidConfigError) return spotNotes(error.problems.flatMap(({ spots }) => spots));
  if (error instanceof ServiceError) {
    const inner = error.errors.flatMap((each) => notesOf(each, conf));
    if (inner.length > 0) return inner;
  }
  if (!(error instanceof FerruleError) || error.componentId === undefined) return [];
  const place = conf?.locate(["extensions", error.componentId]);
  return spotNotes([{ place, path: `extensions::${error.componentId}` }]);
}

/** The place, the line there, and what may help. */
function spotNotes(spots: readonly Spot[]): Note[][] {
  const notes = spots.slice(0, PLACES_MAX).map(({ place, path, hint }): Note[] => {
    const where = [place && formatPlace(place), path].filter((part) => part !== undefined).join(": ");
    const excerpt = place === undefined || spots.length > EXCERPTS_MAX ? [] : excerptOf(place, path);
    const [line, marker] = excerpt;
    return [
      ...(where === "" ? [] : [{ text: where, style: "cyan" as const }]),
      ...(line === undefined ? [] : [{ text: line }]),
      ...(marker === undefined ? [] : [{ text: marker, style: "red" as const }]),
      ...(hint === undefined || hint === "" ? [] : [{ text: hint, style: "green" as const }]),
    ];
  });
  const more = spots.length - PLACES_MAX;
  return more > 0 ? [...notes, [{ text: `and ${more} more` }]] : notes;
}
