/**
 * How a command says what went wrong: the text as the Collector has it, then what helps a person, and never a stack.
 */
import type { Conf } from "../confmap/conf.ts";
import { formatPlace } from "../confmap/place.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import { ServiceError } from "../service/service-error.ts";
import { stderr } from "./output.ts";
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

/** Writes an error to stderr, at once: whatever ends the process next must not swallow it.
 * @param conf finds the places of components that failed */
export function reportError(error: unknown, conf?: Conf): void {
  const usage = error instanceof UsageError ? error.usage : "";
  const notes = [...new Set(notesOf(error, conf))].map((note) => `${NOTE}${note}\n`);
  stderr.write(printable(`Error: ${messageOf(error)}\n${usage}${notes.join("")}`), true);
}

function notesOf(error: unknown, conf: Conf | undefined): string[] {
  if (error instanceof InvalidConfigError || error instanceof UsageError) return [...error.notes];
  if (error instanceof ServiceError) {
    const inner = error.errors.flatMap((each) => notesOf(each, conf));
    if (inner.length > 0) return inner;
  }
  if (!(error instanceof FerruleError) || error.componentId === undefined) return [];
  const path = `extensions::${error.componentId}`;
  const place = conf?.locate(["extensions", error.componentId]);
  return [place === undefined ? path : `${formatPlace(place)}: ${path}`];
}
