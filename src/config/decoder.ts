/** What the decoding of every section shares: shapes checked, mistakes collected with their places. */
import { Conf, kindOf } from "../confmap/conf.ts";
import { PATH_SEPARATOR } from "../confmap/merge.ts";
import type { Problem, Spot } from "../confmap/problem.ts";
import { didYouMean } from "../core/suggest.ts";

export type KeyPath = readonly (string | number)[];

/** Reads one configuration, and keeps what is wrong with it. */
export class Decoder {
  readonly conf: Conf;
  readonly problems: Problem[] = [];
  /** Sections that were complained of: each is asked for several times. */
  readonly #misshapen = new Set<string>();

  constructor(conf: Conf) {
    this.conf = conf;
  }

  /** The section at `path`; empty when it is absent, null, or (after a complaint) no map. */
  section(path: KeyPath): Conf {
    const value = this.conf.get(path);
    if (value === undefined || value === null || kindOf(value) === "map") return this.conf.sub(path);
    const name = fieldName(path);
    if (!this.#misshapen.has(name)) this.complain(path, `${name} expected a map or struct, got "${kindOf(value)}"`);
    this.#misshapen.add(name);
    return new Conf();
  }

  /** Complains of every key of the section at `path` that is not among `known`. */
  refuseUnknown(path: KeyPath, known: readonly string[]): void {
    const unknown = this.section(path)
      .keys()
      .filter((key) => !known.includes(key));
    if (unknown.length === 0) return;
    const spots = unknown.map((key) => this.spot([...path, key], didYouMean(key, known)));
    this.problems.push({ text: `${fieldName(path)} has invalid keys: ${[...unknown].sort().join(", ")}`, spots });
  }

  complain(path: KeyPath, text: string, hint?: string): void {
    this.problems.push({ text, spots: [this.spot(path, hint)] });
  }

  spot(path: KeyPath, hint?: string): Spot {
    return { place: this.conf.locate(path), path: path.length === 0 ? undefined : path.join(PATH_SEPARATOR), hint };
  }
}

/** How the Collector's decoder names a field: `'service.extensions[0]'`. */
export function fieldName(path: KeyPath): string {
  let name = "";
  for (const key of path) name += typeof key === "number" ? `[${key}]` : name === "" ? key : `.${key}`;
  return `'${name === "" ? "<target>" : name}'`;
}
