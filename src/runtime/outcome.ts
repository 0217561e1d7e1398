/** From a completion's status to the error that the caller gets. */
import {
  DeadlineError,
  type ErrorDetails,
  ExtensionError,
  FerruleError,
  messageOf,
  PanicError,
} from "../core/errors.ts";
import * as layout from "../ring/layout.generated.ts";
import type { Outcome } from "./request.ts";
import { detailsOf, type RustError } from "./rust-error.ts";

const decoder = new TextDecoder();

/** How messages begin: `refused` when the extension said no, `failed` when the request did not get through. */
export interface Prefixes {
  readonly refused: string;
  readonly failed: string;
}

const NONE: Prefixes = { refused: "", failed: "" };

/** The error of an outcome that is not a success. @param method the method that was called, if one was */
export function outcomeError(
  outcome: Outcome,
  componentId: string,
  prefixes: Prefixes = NONE,
  method?: string,
): FerruleError {
  const { status, payload } = outcome;
  const details = method === undefined ? { componentId } : { componentId, method };
  if (status === layout.STATUS_REFUSED || status === layout.STATUS_PANICKED) {
    return rustError(JSON.parse(decoder.decode(payload)) as RustError, details, status, prefixes.refused);
  }
  const text = prefixes.failed;
  const say = (code: string, what: string, more: ErrorDetails = {}): FerruleError =>
    new FerruleError(code, text + what, { ...details, ...more });
  switch (status) {
    case layout.STATUS_CANCELLED:
      return say("CANCELLED", "it was cancelled: the extension, or its runtime, is shutting down");
    case layout.STATUS_DEADLINE:
      return new DeadlineError(`${text}the deadline passed`, details);
    case layout.STATUS_STALE_HANDLE:
      return say("SHUT_DOWN", `extension ${componentId} was shut down`, { permanent: true });
    case layout.STATUS_POISONED:
      return say("POISONED", `extension ${componentId} panicked before: it answers no calls`, { permanent: true });
    case layout.STATUS_RESULT_TOO_LARGE:
      // Without a text when there was no space for one.
      return say("RESULT_TOO_LARGE", decoder.decode(payload) || "the result is too long", { permanent: true });
    case layout.STATUS_CLOSED:
      return closedError(text, componentId);
    case layout.STATUS_UNKNOWN_METHOD:
      return say("UNKNOWN_METHOD", `extension ${componentId} has no such method`, { permanent: true });
    default:
      return say("PROTOCOL_VIOLATION", `Rust could not read the request: ${decoder.decode(payload)}`);
  }
}

/** What a call gets when its runtime is closed, or closes before it ends. */
export function closedError(prefix = "", componentId?: string): FerruleError {
  return new FerruleError("RUNTIME_CLOSED", `${prefix}the runtime is closed`, {
    permanent: true,
    ...(componentId === undefined ? {} : { componentId }),
  });
}

function rustError(error: RustError, answered: ErrorDetails, status: number, prefix: string): FerruleError {
  const details = detailsOf(error, answered);
  if (status === layout.STATUS_REFUSED) {
    return new ExtensionError(error.code, error.message, details, prefix + error.message);
  }
  const place = error.location === undefined ? "" : ` at ${error.location}`;
  return new PanicError(error.message, error.location, details, `${prefix}panicked${place}: ${error.message}`);
}

/** What Rust sent cannot be read: one request's failure, not the lane's. */
export function unreadable(error: unknown): FerruleError {
  if (error instanceof FerruleError) return error;
  return new FerruleError("PROTOCOL_VIOLATION", `what Rust answered cannot be read: ${messageOf(error)}`);
}

/**
 * Puts words before an error's message, and says which component and method it concerns unless it does so itself; all
 * else stays.
 */
export function withPrefix(error: unknown, prefix: string, componentId: string, method?: string): unknown {
  if (!(error instanceof FerruleError)) return error;
  const isOthers = error.componentId !== undefined && error.componentId !== componentId;
  const isPlaced = error.componentId === componentId && (method === undefined || error.method !== undefined);
  if (prefix === "" && (isOthers || isPlaced)) return error;
  const { code, cause } = error;
  const told = error instanceof DeadlineError ? new DeadlineError(prefix + error.message, { cause }) : undefined;
  const made = told ?? new FerruleError(code, prefix + error.message, { cause });
  if (told === undefined) Object.setPrototypeOf(made, Object.getPrototypeOf(error) as object);
  // One that speaks of another component says that component's method, or none.
  const here = isOthers ? {} : { componentId, ...(method === undefined ? {} : { method: error.method ?? method }) };
  return Object.assign(made, error, here);
}
