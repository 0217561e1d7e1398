/**
 * What a consumer of telemetry says about a failure: the Collector's `consumererror`, and what an error means over HTTP
 * and gRPC. Each function wraps an error; what stands inside stays reachable, and keeps its say.
 *
 * Questions about an error go through all of it, depth first: the error, then what it joins, then its cause. The
 * outermost answer counts. A `FerruleError` answers by its own fields.
 */
import { FerruleError, messageOf } from "./errors.ts";
import {
  GrpcCode,
  type GrpcStatus,
  grpcCodeName,
  grpcOfHttp,
  httpOfGrpc,
  isRetryableGrpc,
  isRetryableHttp,
} from "./grpc-status.ts";

/** The same request would fail again: do not retry. */
export class PermanentError extends Error {
  override name = "PermanentError";
}

/** It does not come from the component that gave it, but from one further down the pipeline. */
export class DownstreamError extends Error {
  override name = "DownstreamError";
}

/** Only some of the items failed, and it is not known which. */
export class PartialError extends Error {
  override name = "PartialError";
  /** How many. */
  readonly failed: number;

  constructor(message: string, failed: number, cause: unknown) {
    super(message, { cause });
    this.failed = failed;
  }
}

/** An error as gRPC reports it, from another server. */
export class GrpcStatusError extends Error {
  override name = "GrpcStatusError";
  readonly status: GrpcStatus;

  constructor(status: GrpcStatus) {
    super(`rpc error: code = ${grpcCodeName(status.code)} desc = ${status.message}`);
    this.status = status;
  }
}

/** Several errors at once; their messages stand on lines of their own. */
export class JoinedError extends Error {
  override name = "JoinedError";
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    super(errors.map(messageOf).join("\n"));
    this.errors = errors;
  }
}

/** What a consumer says about whether to retry, and what a server answered. */
interface Verdict {
  readonly retryable: boolean;
  readonly retryAfter?: number | undefined;
  readonly httpStatus?: number | undefined;
  readonly grpcStatus?: GrpcStatus | undefined;
}

/** An error with a verdict: what {@link retryable}, {@link withHttpStatus} and {@link withGrpcStatus} answer. */
export class ConsumerError extends Error implements Verdict {
  override name = "ConsumerError";
  /** The same request may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds to wait before that, if the server said so. */
  declare readonly retryAfter?: number;
  /** What the server answered over HTTP. */
  declare readonly httpStatus?: number;
  /** What the server answered over gRPC. */
  declare readonly grpcStatus?: GrpcStatus;

  constructor(message: string, cause: unknown, { retryable, retryAfter, httpStatus, grpcStatus }: Verdict) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryable = retryable;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    if (httpStatus !== undefined) this.httpStatus = httpStatus;
    if (grpcStatus !== undefined) this.grpcStatus = grpcStatus;
  }
}

/** Says that the same request would fail again. */
export function permanent(error: unknown): PermanentError {
  return new PermanentError(`Permanent error: ${textOf("permanent", error)}`, { cause: error });
}

/** Says that an error comes from further down the pipeline. */
export function downstream(error: unknown): DownstreamError {
  return new DownstreamError(textOf("downstream", error), { cause: error });
}

/** Says how many of the items failed, when it is not known which. Permanent: nobody could retry only those. */
export function partial(error: unknown, failed: number): PermanentError {
  if (!(Number.isSafeInteger(failed) && failed >= 0)) {
    throw misuse(`failed must be a whole number of items, got ${messageOf(failed)}`);
  }
  return permanent(new PartialError(textOf("partial", error), failed, error));
}

/** Says that the same request may succeed later. @param after milliseconds to wait before that */
export function retryable(error: unknown, after?: number): ConsumerError {
  if (after !== undefined && !(Number.isFinite(after) && after >= 0)) {
    throw misuse(`after must be a number of milliseconds, got ${messageOf(after)}`);
  }
  return new ConsumerError(textOf("retryable", error), error, { retryable: true, retryAfter: after });
}

/**
 * Keeps the HTTP status that a server answered. 429, 502, 503 and 504 are retryable.
 * @param error undefined when there is nothing but the status
 * @throws {FerruleError} `INVALID_ARGUMENT` for a status of success, which is no error
 */
export function withHttpStatus(error: unknown, status: number): ConsumerError {
  if (!Number.isInteger(status) || (status >= 200 && status <= 299)) {
    throw misuse(`an error's HTTP status must be a whole number outside of 200 to 299, got ${messageOf(status)}`);
  }
  const message = error === undefined ? `network error: received HTTP status ${status}` : messageOf(error);
  return new ConsumerError(message, error, { retryable: isRetryableHttp(status), httpStatus: status });
}

/**
 * Keeps the status that a server answered over gRPC. Canceled, DeadlineExceeded, Aborted, OutOfRange, Unavailable and
 * DataLoss are retryable.
 * @param error undefined when there is nothing but the status
 * @throws {FerruleError} `INVALID_ARGUMENT` for the code 0, OK, which is no error
 */
export function withGrpcStatus(error: unknown, status: GrpcStatus): ConsumerError {
  const checked = checkStatus(status);
  const inner = error === undefined ? new GrpcStatusError(checked) : error;
  const verdict = { retryable: isRetryableGrpc(checked.code), grpcStatus: checked };
  return new ConsumerError(messageOf(inner), inner, verdict);
}

/** An error as another server reported it over gRPC, and nothing else.
 * @throws {FerruleError} `INVALID_ARGUMENT` for the code 0, OK, which is no error */
export function grpcStatusError(status: GrpcStatus): GrpcStatusError {
  return new GrpcStatusError(checkStatus(status));
}

/** Puts words before an error's message: `words: message`. */
export function wrap(words: string, error: unknown): Error {
  return new Error(`${words}: ${textOf("wrap", error)}`, { cause: error });
}

/** Several errors as one, without those that are undefined; undefined when none is left. */
export function join(...errors: readonly unknown[]): JoinedError | undefined {
  const present = errors.filter((error) => error !== undefined && error !== null);
  return present.length === 0 ? undefined : new JoinedError(present);
}

function textOf(what: string, error: unknown): string {
  if (error === undefined || error === null) throw misuse(`${what} takes an error, got ${messageOf(error)}`);
  return messageOf(error);
}

function checkStatus(status: GrpcStatus): GrpcStatus {
  const { code, message } = status ?? {};
  if (!(Number.isInteger(code) && code > 0 && code < 2 ** 32)) {
    throw misuse(`an error's gRPC code must be a whole number from 1 on, got ${messageOf(code)}`);
  }
  return { code, message: message ?? "" };
}

function misuse(text: string): FerruleError {
  return new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
}

/** Whether the same request would fail again. */
export function isPermanent(error: unknown): boolean {
  return (
    find(error, (each) => each instanceof PermanentError || (each instanceof FerruleError && each.permanent)) !==
    undefined
  );
}

/** Whether the error comes from further down the pipeline than the component that gave it. */
export function isDownstream(error: unknown): boolean {
  return (
    find(error, (each) => each instanceof DownstreamError || (each instanceof FerruleError && each.downstream)) !==
    undefined
  );
}

/** Whether the same request may succeed later; undefined when nobody said so, either way. */
export function isRetryable(error: unknown): boolean | undefined {
  const verdict = verdictOn(error);
  if (verdict === undefined || verdict instanceof ConsumerError || verdict.retryable) return verdict?.retryable;
  const { httpStatus, grpcStatus } = verdict;
  return isRetryableHttp(httpStatus ?? 0) || isRetryableGrpc(grpcStatus?.code ?? 0);
}

/** Milliseconds to wait before the same request is sent again; undefined when nobody said so. */
export function retryAfterOf(error: unknown): number | undefined {
  const found = find(error, (each) => isVerdict(each) && each.retryAfter !== undefined);
  return (found as Verdict | undefined)?.retryAfter;
}

/** How many items failed, of an error that concerns only some; undefined for any other. */
export function failedItemsOf(error: unknown): number | undefined {
  const found = find(error, (each) => "failed" in each && typeof each.failed === "number");
  return (found as { failed?: number } | undefined)?.failed;
}

/** What an error means over HTTP: the status that a server answered, or one that stands for what is known. */
export function toHttpStatus(error: unknown): number {
  const verdict = verdictOn(error);
  if (verdict?.httpStatus) return verdict.httpStatus;
  if (verdict?.grpcStatus !== undefined) return httpOfGrpc(verdict.grpcStatus.code);
  return verdict?.retryable === true ? 503 : 500;
}

/** What an error means over gRPC. One that says nothing is `Unknown`. */
export function toGrpcStatus(error: unknown): GrpcStatus {
  const verdict = verdictOn(error);
  if (verdict?.grpcStatus !== undefined) return verdict.grpcStatus;
  if (verdict?.httpStatus) return { code: grpcOfHttp(verdict.httpStatus), message: messageOf(verdict) };
  if (verdict?.retryable === true) return { code: GrpcCode.unavailable, message: messageOf(verdict) };
  const bare = find(error, (each) => each instanceof GrpcStatusError) as GrpcStatusError | undefined;
  // Where a verdict names no code, as one on the status 0 of HTTP, its words are said without what is around it.
  if (bare === undefined) return { code: GrpcCode.unknown, message: messageOf(verdict ?? error) };
  // What was put around it is said as well.
  return bare === error ? bare.status : { code: bare.status.code, message: messageOf(error) };
}

function verdictOn(error: unknown): Verdict | undefined {
  return find(error, isVerdict) as Verdict | undefined;
}

/** A `FerruleError` that says nothing about it leaves the verdict to its cause. */
function isVerdict(error: Error): error is Error & Verdict {
  if (error instanceof ConsumerError) return true;
  return (
    error instanceof FerruleError &&
    (error.retryable || error.httpStatus !== undefined || error.grpcStatus !== undefined)
  );
}

/** The first part of an error that is what is asked for: depth first, itself before what it joins and its cause. */
function find(error: unknown, isIt: (each: Error) => boolean): Error | undefined {
  const seen = new Set<Error>(); // an error may be its own cause
  const left: unknown[] = [error]; // the next one last: a chain may be longer than the stack is deep
  while (left.length > 0) {
    const each = left.pop();
    if (!(each instanceof Error) || seen.has(each)) continue;
    if (isIt(each)) return each;
    seen.add(each);
    left.push(each.cause);
    const joined: unknown = (each as { errors?: unknown }).errors;
    if (Array.isArray(joined)) for (const part of (joined as unknown[]).toReversed()) left.push(part);
  }
  return undefined;
}
