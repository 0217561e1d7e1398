/**
 * From a component's text to the place in the file. Rust's texts for a configuration of the wrong shape begin
 * `config parse error: <field path>: `, others begin with the field's name or path; what does not is about the section
 * as a whole.
 */

import { REDACTED } from "../component/opaque.ts";
import { PATH_SEPARATOR } from "../confmap/merge.ts";
import { InvalidConfigError, type Spot } from "../confmap/problem.ts";
import { ConfigError, messageOf } from "../core/errors.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Decoder, KeyPath } from "./decoder.ts";

const PARSE_ERROR = /^config parse error: (.+?): /s;
/** In the JSON that Rust was given, which nobody has seen: the spot says where in the file it is. */
const JSON_POSITION = / at line \d+ column \d+$/;
const FIRST_WORD = /^([^\s:]+)/;
const UNKNOWN = /unknown (?:field|variant) `([^`]*)`, expected (.*)$/s;

/** What a component's error says, and the places of which it speaks in the section at `base`: it may know them, as an
 * error of strict decoding does. */
export function explain(decoder: Decoder, base: KeyPath, error: unknown): { text: string; spots: Spot[] } {
  if (!(error instanceof InvalidConfigError)) return explainText(decoder, base, error);
  const spots = error.problems
    .flatMap((problem) => problem.spots)
    .map((spot) => ({
      ...spot,
      path: [...base, ...(spot.path === undefined ? [] : [spot.path])].join(PATH_SEPARATOR),
    }));
  return { text: messageOf(error), spots };
}

function explainText(decoder: Decoder, base: KeyPath, error: unknown): { text: string; spots: Spot[] } {
  const rustText = error instanceof ConfigError ? error.rustText : messageOf(error);
  const unknown = UNKNOWN.exec(rustText);
  const named = (PARSE_ERROR.exec(rustText) ?? FIRST_WORD.exec(rustText))?.[1] ?? "";
  let path = deepest(decoder, base, keysOf(named));
  // The path may end at the map that holds the unknown field.
  if (unknown !== null && decoder.conf.isSet([...path, unknown[1]!])) path = [...path, unknown[1]!];
  const expected = unknown === null ? [] : [...unknown[2]!.matchAll(/`([^`]*)`/g)].map((match) => match[1]!);
  const hint = unknown === null ? undefined : didYouMean(unknown[1]!, expected);
  const isParsing = rustText.startsWith("config parse error: ");
  const said = isParsing ? messageOf(error).replace(JSON_POSITION, "") : messageOf(error);
  return { text: withoutReferences(decoder, base, said), spots: [decoder.spot(path, hint)] };
}

/** `nested.list[2].x` as keys. */
function keysOf(path: string): KeyPath {
  return path
    .split(/[.[\]]/)
    .filter((key) => key !== "")
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

/**
 * As far down as the file goes: an absent field is the fault of the map that lacks it. Keys with dots in them were
 * taken apart before, and are put together again as the file has them.
 */
export function deepest(decoder: Decoder, base: KeyPath, keys: KeyPath): KeyPath {
  let path = base;
  for (let start = 0; start < keys.length; ) {
    const end = endOfKey(decoder, path, keys, start);
    if (end === start) break;
    path = [...path, end === start + 1 ? keys[start]! : keys.slice(start, end).join(".")];
    start = end;
  }
  return path;
}

/** Parts that a key with dots may have: no real one has more. */
const DOTS_MAX = 16;

function endOfKey(decoder: Decoder, path: KeyPath, keys: KeyPath, start: number): number {
  for (let end = start + 1; end <= Math.min(keys.length, start + DOTS_MAX); end++) {
    const key = end === start + 1 ? keys[start]! : keys.slice(start, end).join(".");
    if (decoder.conf.isSet([...path, key])) return end;
  }
  return start;
}

/** From this length on a text is covered also without quotes around it: shorter ones are parts of any sentence. */
const BARE_MIN = 4;
/** Longer texts make no pattern, and are no part of a word. */
const PATTERN_MAX = 1_000;

/** A component's text without what references in the section at `base` stood for: it may be a secret that went astray,
 * and the text need not name the field that it came from. */
export function withoutReferences(decoder: Decoder, base: KeyPath, text: string): string {
  const secrets = [...decoder.conf.referencedTexts(base)].filter((secret) => secret.trim() !== "");
  // The longest first: one may be a part of another.
  secrets.sort((one, other) => other.length - one.length);
  return secrets.reduce(cover, text);
}

function cover(text: string, secret: string): string {
  if (!text.includes(secret) && !text.includes(JSON.stringify(secret))) return text;
  const quoted = [JSON.stringify(secret), `'${secret}'`, `\`${secret}\``];
  const covered = quoted.reduce((rest, form) => rest.replaceAll(form, () => REDACTED), text);
  if (secret.length < BARE_MIN) return covered;
  if (secret.length > PATTERN_MAX) return covered.replaceAll(secret, () => REDACTED);
  const escaped = secret.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return covered.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, "gu"), () => REDACTED);
}
