/** Errors of typed extensions: the classes that a generated client has for the codes of its Rust enum. */
import { ExtensionError, PanicError } from "../core/errors.ts";

/** A refusal of a typed extension. The classes of generated clients extend it. */
export class TypedError extends ExtensionError {
  /** The method that refused, as Rust names it. */
  declare readonly method: string;
}

export type TypedErrorClass = typeof TypedError;

/** The class of each code. */
export interface ErrorClasses {
  readonly base: TypedErrorClass;
  readonly codes: Readonly<Record<string, TypedErrorClass>>;
  /** The author's errors may have other codes: then these are of the base. */
  readonly isOpen: boolean;
}

/**
 * Makes an extension's error one of the client's classes; others stay as they are. The error keeps all that it says: it
 * is the same object. What the author's errors cannot be is a plain `TypedError`.
 */
export function typedError(error: unknown, method: string, classes: ErrorClasses, id: string): unknown {
  if (!(error instanceof ExtensionError) || error instanceof PanicError) return error;
  if (error.componentId !== undefined && error.componentId !== id) return error; // of one that it called
  const known = Object.hasOwn(classes.codes, error.code) ? classes.codes[error.code] : undefined;
  const made = known ?? (classes.isOpen && !NOT_THE_AUTHORS.has(error.code) ? classes.base : TypedError);
  Object.setPrototypeOf(error, made.prototype as object);
  error.name = made.name;
  return Object.assign(error, { method });
}

/** What the attributes' own code says, whatever the author's errors are. */
const NOT_THE_AUTHORS = new Set([
  "CONFIG_INVALID",
  "INVALID_ARGUMENT",
  "INVALID_STATE",
  "SHUT_DOWN",
  "STREAMS_EXHAUSTED",
]);
