/**
 * What is wrong with a configuration: the text stands as the Collector would print it, and what ferrule adds for a
 * person stands beside it, so that either can be had alone.
 */
import { FerruleError } from "../core/errors.ts";
import { formatPlace, type Place } from "./place.ts";

/** Where a mistake shows itself, and what may help there. */
export interface Spot {
  /** Where in which file, when it came from one. */
  readonly place?: Place | undefined;
  /** What it concerns, as `section::key`. */
  readonly path?: string | undefined;
  /** What may help, as a sentence. */
  readonly hint?: string | undefined;
}

/** One mistake. */
export interface Problem {
  readonly text: string;
  readonly spots: readonly Spot[];
}

/** How far the configuration came: reading the files, decoding their sections, checking what they say of each other. */
export type ConfigStage = "resolve" | "decode" | "validate";

const FRAMES: Readonly<Record<ConfigStage, string>> = {
  resolve: "failed to get config: cannot resolve the configuration: ",
  decode:
    "failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n",
  validate: "",
};

/** A configuration that cannot be used, with every mistake that was found together. */
export class InvalidConfigError extends FerruleError {
  override name = "InvalidConfigError";
  readonly stage: ConfigStage;
  /** In the order in which they were found: the first one first. */
  readonly problems: readonly Problem[];

  constructor(stage: ConfigStage, problems: readonly Problem[], cause?: unknown, frame = FRAMES[stage]) {
    super("CONFIG_INVALID", frame + problems.map((problem) => problem.text).join("\n"), { permanent: true, cause });
    this.stage = stage;
    this.problems = problems;
  }

  /** The same mistakes after other words. */
  withFrame(frame: string): InvalidConfigError {
    return new InvalidConfigError(this.stage, this.problems, this.cause, frame);
  }

  /** For a person, a line each: places, paths and hints. */
  get notes(): readonly string[] {
    return this.problems.flatMap((problem) => problem.spots.flatMap(notesOf));
  }
}

function notesOf({ place, path, hint }: Spot): string[] {
  const where = [place && formatPlace(place), path].filter((part) => part !== undefined).join(": ");
  return [where, hint ?? ""].filter((line) => line !== "");
}
