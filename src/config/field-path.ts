/**
 * From a component's text to the place in the file. Rust's texts for a configuration of the wrong shape begin
 * `config parse error: <field path>: `, others begin with the field's name or path; what does not is about the section
 * as a whole.
 */

import { PATH_SEPARATOR } from "../confmap/merge.ts";
import { InvalidConfigError, type Spot } from "../confmap/problem.ts";
import { ConfigError, messageOf } from "../core/errors.ts";
import { type Decoder, didYouMean, type KeyPath } from "./decoder.ts";

const PARSE_ERROR = /^config parse error: (.+?): /s;
const FIRST_WORD = /^([^\s:]+)/;
const UNKNOWN = /unknown (?:field|variant) `([^`]*)`, expected (.*)$/s;

/** Where the mistakes stand of which `error` speaks: it may know, as an error of strict decoding does. */
export function spotsOf(decoder: Decoder, base: KeyPath, error: unknown): Spot[] {
  if (!(error instanceof InvalidConfigError)) return [spotOf(decoder, base, error)];
  return error.problems
    .flatMap(({ spots }) => spots)
    .map((spot) => ({
      ...spot,
      path: [...base, ...(spot.path === undefined ? [] : [spot.path])].join(PATH_SEPARATOR),
    }));
}

/** Where the mistake stands that `error` speaks of, in the section at `base`. */
function spotOf(decoder: Decoder, base: KeyPath, error: unknown): Spot {
  const text = error instanceof ConfigError ? error.rustText : messageOf(error);
  const unknown = UNKNOWN.exec(text);
  const named = (PARSE_ERROR.exec(text) ?? FIRST_WORD.exec(text))?.[1] ?? "";
  let path = deepest(decoder, base, keysOf(named));
  // The path may end at the map that holds the unknown field.
  if (unknown !== null && decoder.conf.isSet([...path, unknown[1]!])) path = [...path, unknown[1]!];
  const expected = unknown === null ? [] : [...unknown[2]!.matchAll(/`([^`]*)`/g)].map((match) => match[1]!);
  return decoder.spot(path, unknown === null ? undefined : didYouMean(unknown[1]!, expected));
}

/** `nested.list[2].x` as keys. */
function keysOf(path: string): KeyPath {
  return path
    .split(/[.[\]]/)
    .filter((key) => key !== "")
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

/** As far down as the file goes: an absent field is the fault of the map that lacks it. */
function deepest(decoder: Decoder, base: KeyPath, keys: KeyPath): KeyPath {
  let path = base;
  for (const key of keys) {
    if (!decoder.conf.isSet([...path, key])) break;
    path = [...path, key];
  }
  return path;
}
