/**
 * Every error that ferrule gives its users: a class for how to react, a stable `code` for what happened.
 * `docs/errors.md` lists each code with its cause and remedy.
 */

import type { GrpcStatus } from "./grpc-status.ts";

/** Codes of ferrule's own errors. An extension's errors carry the codes that its author chose instead. */
export type FerruleCode =
  | "ABORTED"
  | "ALREADY_STARTED"
  | "ABI_MISMATCH"
  | "BATCH_FAILED"
  | "BUILD_FAILED"
  | "CANCELLED"
  | "CLIENT_MISMATCH"
  | "CODEC_ERROR"
  | "CONFIG_INVALID"
  | "DEADLINE_EXCEEDED"
  | "EXTENSION_ERROR"
  | "INVALID_ARGUMENT"
  | "INVALID_CONFIG_TYPE"
  | "INVALID_ID"
  | "INVALID_STATE"
  | "LANES_EXHAUSTED"
  | "LAYOUT_MISMATCH"
  | "LIBRARY_INVALID"
  | "LIBRARY_NOT_FOUND"
  | "NOT_STARTED"
  | "OPEN_FAILED"
  | "PANICKED"
  | "PAYLOAD_TOO_LARGE"
  | "POISONED"
  | "PROTOCOL_VIOLATION"
  | "REGISTRY_INVALID"
  | "RESULT_TOO_LARGE"
  | "RING_FULL"
  | "RUNTIME_CLOSED"
  | "SERVICE_FAILED"
  | "SHUT_DOWN"
  | "SOURCE_FAILED"
  | "STREAMS_EXHAUSTED"
  | "TYPE_UNSUPPORTED"
  | "UNKNOWN_EXTENSION"
  | "UNKNOWN_FUNCTION"
  | "UNKNOWN_METHOD"
  | "UNKNOWN_TYPE"
  | "UNSUPPORTED_PLATFORM"
  | "WRITE_FAILED";

/** What an error may say beyond its message. */
export interface ErrorDetails {
  /** What led to it: an aborted signal's reason, or a lower error. */
  readonly cause?: unknown;
  /** The component it concerns, as `type/name`. */
  readonly componentId?: string;
  /** The same request would fail again: do not retry. */
  readonly permanent?: boolean;
  /** The same request may succeed later. */
  readonly retryable?: boolean;
  /** Milliseconds to wait before that. */
  readonly retryAfter?: number;
  /** It comes from further down a pipeline than the component that gave it. */
  readonly downstream?: boolean;
  /** What a server answered over HTTP. */
  readonly httpStatus?: number;
  /** What a server answered over gRPC. */
  readonly grpcStatus?: GrpcStatus;
  /** Only so many of the items failed. */
  readonly failed?: number;
  /** The method that was called. */
  readonly method?: string;
}

/** The base of every error that ferrule raises on purpose. */
export class FerruleError extends Error {
  override name = "FerruleError";
  /** Stable, for programs; the message is for people. An extension's own errors carry its author's codes. */
  readonly code: string;
  readonly componentId?: string;
  readonly permanent: boolean;
  readonly retryable: boolean;
  readonly downstream: boolean;
  // Declared only: an error that does not have them is printed without them.
  declare readonly retryAfter?: number;
  declare readonly httpStatus?: number;
  declare readonly grpcStatus?: GrpcStatus;
  declare readonly failed?: number;
  declare readonly method?: string;

  constructor(code: FerruleCode | (string & {}), message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.componentId !== undefined) this.componentId = details.componentId;
    this.permanent = details.permanent ?? false;
    this.retryable = details.retryable ?? false;
    this.downstream = details.downstream ?? false;
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter;
    if (details.httpStatus !== undefined) this.httpStatus = details.httpStatus;
    if (details.grpcStatus !== undefined) this.grpcStatus = details.grpcStatus;
    if (details.failed !== undefined) this.failed = details.failed;
    if (details.method !== undefined) this.method = details.method;
  }
}

/** An extension's own refusal: `rustText` is exactly what the Rust code said, `message` may put words before it. */
export class ExtensionError extends FerruleError {
  override name = "ExtensionError";
  readonly rustText: string;

  constructor(code: string, rustText: string, details: ErrorDetails = {}, message = rustText) {
    super(code, message, details);
    this.rustText = rustText;
  }
}

/** Rust code panicked. The instance is poisoned: it answers no further calls, and can only be shut down. */
export class PanicError extends ExtensionError {
  override name = "PanicError";
  /** `file:line:column` in the Rust source, when it is known. */
  readonly location?: string;

  constructor(rustText: string, location: string | undefined, details: ErrorDetails = {}, message = rustText) {
    super("PANICKED", rustText, details, message);
    if (location !== undefined) this.location = location;
  }
}

/** Some calls of a batch failed. What the others answered is not lost. */
export class BatchError extends FerruleError {
  override name = "BatchError";
  /** Each call that failed, by its place in the batch; in order. */
  readonly failures: readonly { readonly index: number; readonly error: unknown }[];
  /** What each call answered; undefined for those that failed. */
  readonly results: readonly unknown[];

  constructor(
    failures: readonly { readonly index: number; readonly error: unknown }[],
    results: readonly unknown[],
    details: ErrorDetails = {},
  ) {
    const first = failures[0];
    const text = `${failures.length} of ${results.length} calls failed; the first, number ${first?.index}`;
    super("BATCH_FAILED", `${text}: ${messageOf(first?.error)}`, { cause: first?.error, ...details });
    this.failures = failures;
    this.results = results;
  }
}

/** The caller's signal was aborted; `cause` is the signal's reason. */
export class AbortedError extends FerruleError {
  override name = "AbortedError";

  constructor(message: string, details: ErrorDetails = {}) {
    super("ABORTED", message, details);
  }
}

/** The caller's deadline passed first. */
export class DeadlineError extends FerruleError {
  override name = "DeadlineError";

  constructor(message: string, details: ErrorDetails = {}) {
    super("DEADLINE_EXCEEDED", message, details);
  }
}

/** A Rust component refused its configuration. */
export class ConfigError extends FerruleError {
  override name = "ConfigError";
  /** Exactly what the Rust code said. */
  readonly rustText: string;

  constructor(message: string, rustText: string, details: ErrorDetails = {}) {
    super("CONFIG_INVALID", message, { permanent: true, ...details });
    this.rustText = rustText;
  }
}

/** The Rust library cannot be used: absent, broken, or made for another version. */
export class LibraryError extends FerruleError {
  override name = "LibraryError";
}

/**
 * The other side of the shared memory broke the protocol. The lane is over: everything pending was rejected with this.
 */
export class ProtocolError extends FerruleError {
  override name = "ProtocolError";

  constructor(message: string, details: ErrorDetails = {}) {
    super("PROTOCOL_VIOLATION", message, { permanent: true, ...details });
  }
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    // An object without a text of its own.
  }
  try {
    return Object.prototype.toString.call(thrown);
  } catch {
    return "something that cannot be read"; // a proxy that was revoked, for one
  }
}
