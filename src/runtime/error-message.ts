/** An error's way to Rust: JSON, of the form in which Rust's errors come here. `runtime/src/host_calls/answer.rs` reads it. */
import { failedItemsOf, isDownstream, isPermanent, isRetryable, retryAfterOf } from "../core/consumer-error.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { GrpcStatus } from "../core/grpc-status.ts";
import type { RustError } from "./rust-error.ts";

/** Characters of a text that cross; the rest is cut off, visibly. */
const TEXT_MAX = 16 * 1_024;
const CAUSES_MAX = 32;
const NAME_MAX = 128;
/** Bytes of the longest message: the least `payloadMax`. Of a longer one the causes are left out. */
const LENGTH_MAX = 512 * 1_024;

/** Whom an error concerns that does not say so itself. */
export interface Place {
  readonly componentId?: string;
  readonly method?: string;
}

const encoder = new TextEncoder();

/** Whatever was thrown: who waits for it in Rust gets an answer.
 * @param place the extension and the method that was called; nothing for a function */
export function errorJson(error: unknown, place: Place = {}): Uint8Array {
  try {
    return json(error, place);
  } catch (unreadable) {
    const message = `what was thrown cannot be read: ${messageOf(unreadable)}`;
    const told = { ...named(place), code: "EXTENSION_ERROR", message, permanent: false, retryable: false };
    return encoder.encode(JSON.stringify(told));
  }
}

function json(error: unknown, place: Place): Uint8Array {
  const verdict = chainOf(error).find(hasStatus);
  const about = error instanceof FerruleError && error.componentId !== undefined ? {} : named(place);
  const told = { ...about, ...describe(error), ...statuses(verdict), ...kinds(error) };
  const causes = causesOf(error, told.message);
  if (causes.length === 0) return encoder.encode(JSON.stringify(told));
  const whole = encoder.encode(JSON.stringify({ ...told, causes }));
  if (whole.length <= LENGTH_MAX) return whole;
  const left = `... (${causes.length} causes of ${whole.length} bytes)`;
  return encoder.encode(JSON.stringify({ ...told, causes: [left] }));
}

/** What the error says by itself. */
function describe(error: unknown): RustError {
  const told = { code: codeOf(error), message: bounded(messageOf(error)), permanent: false, retryable: false };
  if (!(error instanceof FerruleError)) return told;
  const { permanent, retryable, downstream, retryAfter, failed } = error;
  return {
    ...told,
    permanent,
    retryable,
    downstream,
    ...named(error),
    ...statuses(error),
    ...wholes({ retryAfter, failed }),
  };
}

/** What it, and all that is in it, says about its kind. */
function kinds(error: unknown): Partial<RustError> {
  const plain = chainOf(error).find(saysKind);
  return {
    permanent: isPermanent(error) || plain?.permanent === true,
    retryable: isRetryable(error) ?? plain?.retryable === true,
    downstream: isDownstream(error),
    ...wholes({ retryAfter: retryAfterOf(error), failed: failedItemsOf(error) }),
  };
}

/** What an error of any class may say, just as it may have a code. */
interface SaysKind {
  readonly permanent?: unknown;
  readonly retryable?: unknown;
}

function saysKind(error: Error): error is Error & SaysKind {
  const { permanent, retryable } = error as SaysKind;
  return typeof permanent === "boolean" || typeof retryable === "boolean";
}

/** A system's error has a code, too. */
function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? code.slice(0, NAME_MAX) : "EXTENSION_ERROR";
}

function named({ componentId, method }: Place): Place {
  return {
    ...(componentId === undefined ? {} : { componentId: componentId.slice(0, NAME_MAX) }),
    ...(method === undefined ? {} : { method: method.slice(0, NAME_MAX) }),
  };
}

interface WithStatus {
  readonly httpStatus?: unknown;
  readonly grpcStatus?: GrpcStatus;
}

function hasStatus(error: Error): error is Error & WithStatus {
  const { httpStatus, grpcStatus } = error as WithStatus;
  return httpStatus !== undefined || grpcStatus !== undefined;
}

/** Fields of the right type: an error is whatever its author made it. */
function statuses({ httpStatus, grpcStatus }: WithStatus = {}): Pick<RustError, "httpStatus" | "grpcStatus"> {
  const isHttp = Number.isInteger(httpStatus) && (httpStatus as number) > 0 && (httpStatus as number) < 2 ** 16;
  const code = grpcStatus?.code;
  const isGrpc = Number.isInteger(code) && (code as number) > 0 && (code as number) < 2 ** 32;
  return {
    ...(isHttp ? { httpStatus: httpStatus as number } : {}),
    ...(isGrpc ? { grpcStatus: { code: code as number, message: bounded(messageOf(grpcStatus?.message ?? "")) } } : {}),
  };
}

/** Whole numbers, rounded up: who comes back too early is refused again. */
function wholes(given: Readonly<Record<"retryAfter" | "failed", number | undefined>>): Partial<RustError> {
  const isWhole = ([, value]: [string, unknown]): boolean => typeof value === "number" && value >= 0;
  const present = Object.entries(given).filter(isWhole) as [string, number][];
  return Object.fromEntries(
    present.map(([name, value]) => [name, Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER)]),
  );
}

/** The error and its causes, which may go in a circle. */
function chainOf(error: unknown): Error[] {
  const chain = new Set<Error>();
  for (let each = error; each instanceof Error && !chain.has(each); each = each.cause) chain.add(each);
  return [...chain];
}

/** The nearest first. One of another kind is its text, and is left out when it says what the error itself does. */
function causesOf(error: unknown, text: string): (string | RustError)[] {
  const chain: unknown[] = chainOf(error);
  const last = chain.at(-1) as Error | undefined;
  // A cause may be no error.
  if (last?.cause !== undefined && !(last.cause instanceof Error)) chain.push(last.cause);
  const causes: (string | RustError)[] = [];
  for (const cause of chain.slice(1)) {
    if (cause instanceof FerruleError) causes.push(describe(cause));
    else if (messageOf(cause) !== text) causes.push(bounded(messageOf(cause)));
  }
  if (causes.length > CAUSES_MAX) causes.splice(CAUSES_MAX, causes.length, "... (more causes)");
  return causes;
}

function bounded(text: string): string {
  if (text.length <= TEXT_MAX) return wellFormed(text);
  return `${wellFormed(text.slice(0, TEXT_MAX))}... (${text.length - TEXT_MAX} characters more)`;
}

/** Half of a surrogate pair is nothing that Rust's text can hold. */
function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? Buffer.from(text).toString() : text;
}
