/** Which values of a configuration are maps, and which defaults a map can be laid over. */

/** Values by field. */
export type Fields = Record<string, unknown>;

/** A default in whose place a map stands: a map, or an instance of a class with fields. A `Date` has none. */
export function takesMap(value: unknown): value is Fields {
  return isObject(value) && (isPlain(value) || hasFields(value));
}

export function hasFields(value: unknown): value is Fields {
  return isObject(value) && Object.keys(value).length > 0;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A map of the file; plain values given in code may hold anything. */
export function isMap(value: unknown): value is Fields {
  return isObject(value) && isPlain(value);
}

export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
