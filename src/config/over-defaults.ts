/**
 * A section laid over the defaults of a factory in TypeScript, as the Collector decodes into a factory's default
 * configuration: field by field at every depth, everything else as a whole.
 */
import { type Conf, kindOf } from "../confmap/conf.ts";
import type { Spot } from "../confmap/problem.ts";
import { FerruleError } from "../core/errors.ts";
import { type Decoder, didYouMean, fieldName, type KeyPath } from "./decoder.ts";

type Fields = Record<string, unknown>;

/** Mistakes of one section. */
export interface SectionMistakes {
  readonly texts: readonly string[];
  readonly spots: readonly Spot[];
}

/**
 * What does not fit: keys that have no default beside them, and values that are no map where the default is one. A
 * default that is an empty map takes any keys, but for the section's own: a component without settings has none.
 * @param base the section's path
 */
export function findMistakes(decoder: Decoder, base: KeyPath, defaults: unknown, section: Fields): SectionMistakes {
  const texts: string[] = [];
  const spots: Spot[] = [];
  const look = (fields: Fields, values: Fields, path: KeyPath): void => {
    const known = Object.keys(fields);
    const unknown = Object.keys(values).filter((key) => !known.includes(key));
    if (unknown.length > 0) texts.push(`${fieldName(path)} has invalid keys: ${[...unknown].sort().join(", ")}`);
    for (const key of unknown) spots.push(decoder.spot([...base, ...path, key], didYouMean(key, known)));
    for (const [key, value] of Object.entries(values)) {
      const below = unknown.includes(key) ? undefined : fields[key];
      if (!takesMap(below) || value === null) continue;
      if (!isMap(value)) {
        texts.push(`${fieldName([...path, key])} expected a map or struct, got "${kindOf(value)}"`);
        spots.push(decoder.spot([...base, ...path, key]));
      } else if (hasFields(below)) look(below, value, [...path, key]);
    }
  };
  look(isObject(defaults) ? defaults : {}, section, []);
  return { texts, spots };
}

/**
 * Lays a section without mistakes over its defaults. A plain object is copied, so that defaults which a factory shares
 * stay what they are; an instance of a class is filled, so that it stays one. A null in place of a map is an empty map,
 * as it is for the section itself.
 */
export function layOver(defaults: unknown, section: Fields): unknown {
  const laid = Object.entries(section).map(([key, value]): [string, unknown] => {
    const below = isObject(defaults) ? defaults[key] : undefined;
    if (!takesMap(below)) return [key, value];
    return [key, value === null || hasFields(below) ? layOver(below, (value ?? {}) as Fields) : value];
  });
  if (!isObject(defaults) || isPlain(defaults)) return Object.fromEntries([...Object.entries(defaults ?? {}), ...laid]);
  for (const [key, value] of laid) {
    if (Reflect.set(defaults, key, value)) continue;
    const text = `${key}: the default configuration is frozen`;
    throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
  }
  return defaults;
}

/** The section with the text of references, as it was before it was read as YAML, wherever the default is text. */
export function withTexts(section: Conf, defaults: unknown, values: Fields, path: KeyPath = []): Fields {
  if (!isObject(defaults)) return values;
  const texts = Object.entries(values).map(([key, value]): [string, unknown] => {
    const [below, at] = [Object.hasOwn(defaults, key) ? defaults[key] : undefined, [...path, key]];
    if (typeof below === "string") return [key, section.original(at) ?? value];
    return [key, isMap(value) && isObject(below) ? withTexts(section, below, value, at) : value];
  });
  return Object.fromEntries(texts);
}

/** A default in whose place a map stands: a map, or an instance of a class with fields. A `Date` has none. */
function takesMap(value: unknown): value is Fields {
  return isObject(value) && (isPlain(value) || hasFields(value));
}

function hasFields(value: unknown): value is Fields {
  return isObject(value) && Object.keys(value).length > 0;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A map of the file; plain values given in code may hold anything. */
function isMap(value: unknown): value is Fields {
  return isObject(value) && isPlain(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
