/**
 * A section laid over the defaults of a factory in TypeScript, as the Collector decodes into a factory's default
 * configuration: field by field at every depth, everything else as a whole. Durations, secrets and optional sections
 * are read as what they are.
 */
import { Opaque } from "../component/opaque.ts";
import { Optional } from "../component/optional.ts";
import { type Conf, kindOf } from "../confmap/conf.ts";
import type { Spot } from "../confmap/problem.ts";
import { FerruleError } from "../core/errors.ts";
import { didYouMean } from "../core/suggest.ts";
import { type Decoder, fieldName, type KeyPath } from "./decoder.ts";
import { type Fields, hasFields, isMap, isObject, isPlain, takesMap } from "./shapes.ts";
import { ENABLED, enabledProblem, isTyped, mapOver, readTyped } from "./typed-values.ts";

/** Mistakes of one section. */
export interface SectionMistakes {
  readonly texts: readonly string[];
  readonly spots: readonly Spot[];
}

/**
 * What does not fit: keys that have no default beside them, values that are no map where the default is one, and
 * durations, secrets and optional sections that are none. A default that is an empty map takes any keys, but for the
 * section's own: a component without settings has none.
 * @param base the section's path
 * @param strict false where a schema of the component's own knows the keys
 */
export function findMistakes(
  decoder: Decoder,
  base: KeyPath,
  defaults: unknown,
  section: Fields,
  strict = true,
): SectionMistakes {
  const texts: string[] = [];
  const spots: Spot[] = [];
  const complain = (path: KeyPath, what: string, at = path): void => {
    texts.push(`${fieldName(path)} ${what}`);
    spots.push(decoder.spot([...base, ...at]));
  };
  const look = (fields: Fields, values: Fields, path: KeyPath, more: readonly string[] = []): void => {
    const known = [...Object.keys(fields), ...more];
    const unknown = strict ? Object.keys(values).filter((key) => !known.includes(key)) : [];
    if (unknown.length > 0) texts.push(`${fieldName(path)} has invalid keys: ${[...unknown].sort().join(", ")}`);
    for (const key of unknown) spots.push(decoder.spot([...base, ...path, key], didYouMean(key, known)));
    for (const [key, value] of Object.entries(values)) {
      if (Object.hasOwn(fields, key)) lookAt(fields[key], value, [...path, key]);
    }
  };
  const lookAt = (below: unknown, value: unknown, path: KeyPath): void => {
    if (value === null) return;
    if (below instanceof Optional) lookInto(below, value, path);
    else if (isTyped(below)) {
      const read = readTyped(below, value);
      if ("problem" in read) complain(path, read.problem);
    } else if (takesMap(below)) {
      if (!isMap(value)) complain(path, `expected a map or struct, got "${kindOf(value)}"`);
      else if (hasFields(below)) look(below, value, path);
    }
  };
  const lookInto = (optional: Optional<unknown>, value: unknown, path: KeyPath): void => {
    const inner = optional.getOrDefault();
    const problem = isMap(value) ? enabledProblem(value) : undefined;
    if (problem !== undefined) complain(path, problem, [...path, ENABLED]);
    if (isMap(value) && hasFields(inner)) look(inner, value, path, [ENABLED]);
    else lookAt(inner, value, path);
  };
  look(isObject(defaults) ? defaults : {}, section, []);
  return { texts, spots };
}

/**
 * Lays a section over its defaults; what {@link findMistakes} complains of leaves the default, where it is a duration,
 * a secret or an optional section. A plain object is copied, so that defaults which a factory shares stay what they
 * are; an instance of a class is filled, so that it stays one. A null in place of a map is an empty map, as it is for
 * the section itself.
 */
export function layOver(defaults: unknown, section: Fields): unknown {
  const laid = Object.entries(section).map(([key, value]): [string, unknown] => {
    return [key, layOne(isObject(defaults) && Object.hasOwn(defaults, key) ? defaults[key] : undefined, value)];
  });
  if (!isObject(defaults) || isPlain(defaults)) return Object.fromEntries([...Object.entries(defaults ?? {}), ...laid]);
  for (const [key, value] of laid) {
    if (Reflect.set(defaults, key, value)) continue;
    const text = `${key}: the default configuration is frozen`;
    throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
  }
  return defaults;
}

function layOne(below: unknown, value: unknown): unknown {
  if (below instanceof Optional) return mapOver(below, value, layOne);
  if (isTyped(below)) {
    const read = value === null ? { value: below } : readTyped(below, value);
    return "problem" in read ? below : read.value;
  }
  if (!takesMap(below) || (value !== null && !isMap(value))) return value;
  return value === null || hasFields(below) ? layOver(below, value ?? {}) : value;
}

/** The section with the text of references, as it was before it was read as YAML, wherever the default is text. */
export function withTexts(section: Conf, defaults: unknown, values: Fields, path: KeyPath = []): Fields {
  if (!isObject(defaults)) return values;
  const texts = Object.entries(values).map(([key, value]): [string, unknown] => {
    const at = [...path, key];
    const own = Object.hasOwn(defaults, key) ? defaults[key] : undefined;
    const below = own instanceof Optional ? own.getOrDefault() : own;
    if (typeof below === "string" || (below instanceof Opaque && value !== null))
      return [key, section.original(at) ?? value];
    return [key, isMap(value) && isObject(below) ? withTexts(section, below, value, at) : value];
  });
  return Object.fromEntries(texts);
}
