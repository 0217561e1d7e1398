/** A section checked by the schema that its factory brings, and what the schema says mapped to the file. */
import type { ComponentFactory } from "../component/factory.ts";
import { keysOfIssue, type SchemaIssue, type SchemaResult, type StandardSchema } from "../component/standard-schema.ts";
import type { Spot } from "../confmap/problem.ts";
import { FerruleError } from "../core/errors.ts";
import { didYouMean } from "../core/suggest.ts";
import { type Decoder, fieldName, type KeyPath } from "./decoder.ts";
import { deepest, withoutReferences } from "./field-path.ts";
import { knownKeys } from "./known-keys.ts";
import type { SectionMistakes } from "./over-defaults.ts";
import { isMap, isObject } from "./shapes.ts";

type Checked = { readonly value: unknown } | SectionMistakes;

/** Checks a section that lies over its defaults.
 * @param base the section's path
 * @param laid not shared with anybody: the text of references is put into it where the schema wants text
 * @throws {FerruleError} `CONFIG_INVALID` for a schema that does not answer at once */
export function checkSchema(decoder: Decoder, base: KeyPath, factory: ComponentFactory, laid: unknown): Checked {
  const schema = factory.configSchema!;
  let result = validate(schema, laid);
  while (result.issues !== undefined) {
    const [value, changed] = withText(decoder, base, result.issues, laid);
    if (!changed) break;
    const again = validate(schema, value);
    if (again.issues !== undefined && again.issues.length >= result.issues.length) break;
    [laid, result] = [value, again];
  }
  if (result.issues === undefined) return { value: result.value };
  const texts = result.issues.map((issue) => {
    const path = keysOfIssue(issue);
    return `${fieldName(path)} ${withoutReferences(decoder, base, issue.message)}`;
  });
  return { texts, spots: result.issues.flatMap((issue) => spotsOf(decoder, base, factory, issue)) };
}

function validate(schema: StandardSchema, value: unknown): SchemaResult<unknown> {
  const result = schema["~standard"].validate(value);
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined); // nobody waits for it
  const text = `the schema of ${schema["~standard"].vendor} answers with a promise: a configuration is decoded in one go`;
  throw new FerruleError("CONFIG_INVALID", text, { permanent: true });
}

/** The text of references where the schema complained of what it was read as. */
function withText(
  decoder: Decoder,
  base: KeyPath,
  issues: readonly SchemaIssue[],
  laid: unknown,
): [value: unknown, changed: boolean] {
  let [value, changed] = [laid, false];
  for (const path of issues.map(keysOfIssue)) {
    const text = path.length === 0 ? undefined : decoder.conf.original([...base, ...path]);
    const now = path.reduce<unknown>((inner, key) => fieldOf(inner, key), value);
    if (text === undefined || typeof now === "string" || now === undefined) continue;
    [value, changed] = [replaced(value, path, text), true];
  }
  return [value, changed];
}

/** The value with another one at `path`; what lies on the way is copied. */
function replaced(value: unknown, [key, ...rest]: KeyPath, by: unknown): unknown {
  if (key === undefined) return by;
  const inner = replaced(fieldOf(value, key), rest, by);
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === Number(key) ? inner : item));
  if (isMap(value))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, name === key ? inner : each]));
  if (isObject(value)) Reflect.set(value, key, inner);
  return value;
}

function fieldOf(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

const QUOTED = /["'`]([^"'`]+)["'`]/g;

/**
 * Where an issue shows itself. Some libraries complain of unknown keys at the map that holds them, and name them in
 * quotes; others at the key.
 */
function spotsOf(decoder: Decoder, base: KeyPath, factory: ComponentFactory, issue: SchemaIssue): Spot[] {
  const keys = keysOfIssue(issue);
  const path = deepest(decoder, base, keys);
  const inFile = decoder.conf.get(path);
  const inner = path.slice(base.length);
  if (isMap(inFile) && inner.length === keys.length) {
    const known = knownKeys(factory, inner);
    const named = [...issue.message.matchAll(QUOTED)].map((match) => match[1]!);
    const unknown = [...new Set(named)].filter((key) => Object.hasOwn(inFile, key) && !known?.includes(key));
    if (unknown.length > 0) {
      return unknown.map((key) => decoder.spot([...path, key], didYouMean(key, known ?? [])));
    }
  }
  const last = inner.at(-1);
  const beside = typeof last === "string" && inner.length === keys.length ? knownKeys(factory, inner.slice(0, -1)) : [];
  const hint = beside === undefined || beside.includes(String(last)) ? undefined : didYouMean(String(last), beside);
  return [decoder.spot(path, hint)];
}
