/** Payloads to bytes and back, in the form that the method declares. */
import { Packr } from "msgpackr";
import { FerruleError, messageOf } from "../core/errors.ts";
import { decodeShort, encodeShort, LONGER } from "./short-values.ts";
import type { MethodInfo } from "./types.ts";

const NOTHING = new Uint8Array(0);
// Plain maps with their keys: what serde reads. msgpackr's own records are for msgpackr on both sides.
// Numbers while they are safe, bigints beyond; a field that is undefined is none.
const OPTIONS = { useRecords: false, int64AsType: "auto", encodeUndefinedAsNil: true, skipValues: [undefined] };
const packr = new Packr(OPTIONS as object);
// msgpackr makes a view of each array that it reads, and keeps it there, which costs ten times as much as reading a
// short value: those are copied into one array that has its view.
const copyingPackr = new Packr({ ...OPTIONS, copyBuffers: true } as object);
const scratch = new Uint8Array(4_096);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws {FerruleError} `INVALID_ARGUMENT` when the payload is not of the method's form */
export function encode(method: MethodInfo, payload: unknown): Uint8Array {
  if (payload === undefined) return NOTHING;
  if (method.form === "bytes") {
    if (payload instanceof Uint8Array) return payload;
    throw invalid(method, `takes bytes (a Uint8Array), got ${describe(payload)}`);
  }
  if (typeof payload === "function" || typeof payload === "symbol") {
    throw invalid(method, `takes a value, got ${describe(payload)}`);
  }
  try {
    if (method.form === "msgpack") return packr.pack(payload);
    return encoder.encode(JSON.stringify(payload));
  } catch (cause) {
    throw invalid(method, `cannot encode its payload: ${messageOf(cause)}`, cause);
  }
}

/**
 * As {@link encode}, into memory that may be used again once the call was made: not for payloads that are lent.
 * @throws {FerruleError} `INVALID_ARGUMENT`
 */
export function encodeForNow(method: MethodInfo, payload: unknown): Uint8Array {
  const short = method.form === "msgpack" && Array.isArray(payload) ? encodeShort(payload) : undefined;
  return short ?? encode(method, payload);
}

/** @throws {FerruleError} `CODEC_ERROR` when the bytes are not of the form */
export function decode({ name, form }: MethodInfo, bytes: Uint8Array): unknown {
  if (form === "bytes") return bytes;
  if (bytes.length === 0) return undefined;
  try {
    return form === "msgpack" ? unpack(bytes) : JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new FerruleError("CODEC_ERROR", `the result of method ${name} is not valid ${form}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** A value as MessagePack, as methods of that form take it. */
export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** The value that MessagePack holds. */
export function unpack(bytes: Uint8Array): unknown {
  const short = decodeShort(bytes);
  if (short !== LONGER) return short;
  if (bytes.length === 0 || bytes.length > scratch.length) return packr.unpack(bytes);
  scratch.set(bytes);
  return copyingPackr.unpack(scratch, bytes.length);
}

function invalid(method: MethodInfo, text: string, cause?: unknown): FerruleError {
  return new FerruleError("INVALID_ARGUMENT", `method ${method.name} ${text}`, { permanent: true, cause });
}

/** What a value is, in a word or two: its class, if it has one. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? (value.constructor?.name ?? "an object") : typeof value;
}
