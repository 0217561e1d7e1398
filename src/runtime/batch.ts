/**
 * Many calls of one method in one request. `runtime/src/batch/mod.rs` draws the frames and says how items end.
 */
import { FerruleError } from "../core/errors.ts";
import * as layout from "../ring/layout.generated.ts";
import { NO_BYTES } from "../ring/private-bytes.ts";
import { decode } from "./codec.ts";
import { outcomeError, unreadable, withPrefix } from "./outcome.ts";
import type { MethodInfo } from "./types.ts";

/** Items of a request: more than one request keeps both sides busy at the same time. */
const ITEMS_MAX = 256;
/** Bytes of a request's items, unless one alone is longer. */
const BYTES_MAX = 128 * 1_024;
/** Bytes that a frame keeps for the next one. */
const KEPT_MAX = 512 * 1_024;

/** Bytes before the items: their number and their lengths, when there are as many as there can be. */
const HEAD_MAX = (ITEMS_MAX + 1) * 4;
const FIRST_SIZE = HEAD_MAX + 4_096;

/** Collects items into a frame, in memory that is used again and again. */
export class BatchFrame {
  #bytes!: Uint8Array;
  #head!: Uint32Array;
  readonly #lengths = new Uint32Array(ITEMS_MAX);
  #count = 0;
  #end = HEAD_MAX;

  constructor() {
    this.#use(new Uint8Array(FIRST_SIZE));
  }

  get count(): number {
    return this.#count;
  }

  /** Of the items. */
  get bytes(): number {
    return this.#end - HEAD_MAX;
  }

  /** Whether another item of this length belongs into the next frame. */
  isFullFor(length: number): boolean {
    return this.#count === ITEMS_MAX || (this.#count > 0 && this.bytes + length > BYTES_MAX);
  }

  add(item: Uint8Array): void {
    const { length } = item;
    if (length > 0) {
      if (this.#end + length > this.#bytes.length) this.#grow(this.#end + length);
      this.#bytes.set(item, this.#end);
      this.#end += length;
    }
    this.#lengths[this.#count++] = length;
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#use(bytes);
  }

  #use(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#head = new Uint32Array(bytes.buffer, 0, ITEMS_MAX + 1);
  }

  /** The frame as a payload, to be copied before the next item is added: the collection begins anew. */
  take(): Uint8Array {
    const count = this.#count;
    const first = ITEMS_MAX - count; // the head is as long as it must be, and ends where the items begin
    this.#head[first] = count;
    for (let index = 0; index < count; index++) this.#head[first + 1 + index] = this.#lengths[index]!;
    const payload = this.#bytes.subarray(first * 4, this.#end);
    this.clear();
    return payload;
  }

  /** Forgets the items, and memory that only a long one needed. */
  clear(): void {
    this.#count = 0;
    this.#end = HEAD_MAX;
    if (this.#bytes.length > KEPT_MAX) this.#use(new Uint8Array(FIRST_SIZE));
  }
}

/** Reads 32-bit words from wherever a payload stands. */
function wordsOf(payload: Uint8Array, count: number): Uint32Array {
  if (payload.byteOffset % 4 === 0) return new Uint32Array(payload.buffer, payload.byteOffset, count);
  return new Uint32Array(payload.slice(0, count * 4).buffer, 0, count);
}

/** What failed in a batch: an item's place, and why. */
export interface ItemFailure {
  readonly index: number;
  readonly error: unknown;
}

/**
 * Reads the results of a frame into `results`.
 * @param first where the first item's result belongs; each other's behind the one before it
 * @param places where each item's result belongs, if that is no row
 * @returns the items that failed
 * @throws {FerruleError} when the payload is no such frame
 */
export function readResults(
  method: MethodInfo,
  componentId: string,
  payload: Uint8Array,
  results: unknown[],
  first: number,
  places?: readonly number[],
): ItemFailure[] {
  const count = payload.length < 4 ? 0 : (wordsOf(payload, 1)[0] ?? 0);
  const head = 4 + count * 8;
  if (payload.length < head) throw new FerruleError("PROTOCOL_VIOLATION", "the results of a batch are cut off");
  const words = wordsOf(payload, 1 + count * 2);
  const failures: ItemFailure[] = [];
  const isBytes = method.form === "bytes";
  let at = head;
  for (let index = 0; index < count; index++) {
    const status = words[1 + index * 2]!;
    const length = words[2 + index * 2]!;
    const place = places === undefined ? first + index : places[index]!;
    if (status === layout.STATUS_OK && length === 0) {
      results[place] = isBytes ? NO_BYTES : undefined;
      continue;
    }
    const bytes = payload.subarray(at, at + length);
    at += length;
    try {
      if (bytes.length !== length) throw new FerruleError("PROTOCOL_VIOLATION", "the results of a batch are cut off");
      if (status !== layout.STATUS_OK)
        throw outcomeError({ status, payload: bytes }, componentId, undefined, method.name);
      results[place] = isBytes ? bytes : decode(method, bytes);
    } catch (error) {
      failures.push({ index: place, error: withPrefix(unreadable(error), "", componentId, method.name) });
    }
  }
  return failures;
}

/** What a writer is told: how many of its items failed, and the first failure. */
export function readFailures(
  payload: Uint8Array,
  componentId: string,
  method: string,
): { count: number; first: unknown } {
  const count = payload.length < 4 ? 0 : wordsOf(payload, 1)[0]!;
  if (count === 0) return { count, first: undefined };
  const status = wordsOf(payload, 2)[1]!;
  return { count, first: outcomeError({ status, payload: payload.subarray(8) }, componentId, undefined, method) };
}
