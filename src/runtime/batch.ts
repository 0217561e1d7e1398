/**
 * Many calls of one method in one request. `runtime/src/batch.rs` draws the frames and says how items end.
 */
import { FerruleError } from "../core/errors.ts";
import * as layout from "../ring/layout.generated.ts";
import { decode } from "./codec.ts";
import { outcomeError, unreadable, withPrefix } from "./outcome.ts";
import type { MethodInfo } from "./types.ts";

/** Items of a request: more than one request keeps both sides busy at the same time. */
const ITEMS_MAX = 256;
/** Bytes of a request's items, unless one alone is longer. */
const BYTES_MAX = 128 * 1_024;

/** Collects items into a frame. Its memory is its own, and used again. */
export class BatchFrame {
  #items = new Uint8Array(4_096);
  readonly #lengths = new Uint32Array(ITEMS_MAX);
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether another item of this length belongs into the next frame. */
  isFullFor(length: number): boolean {
    return this.#count === ITEMS_MAX || (this.#count > 0 && this.#bytes + length > BYTES_MAX);
  }

  add(item: Uint8Array): void {
    const { length } = item;
    if (length > 0) {
      if (this.#bytes + length > this.#items.length) this.#grow(this.#bytes + length);
      this.#items.set(item, this.#bytes);
      this.#bytes += length;
    }
    this.#lengths[this.#count++] = length;
  }

  #grow(needed: number): void {
    const items = new Uint8Array(Math.max(needed, this.#items.length * 2));
    items.set(this.#items.subarray(0, this.#bytes));
    this.#items = items;
  }

  /** The frame as a payload of its own; the collection begins anew. */
  take(): Uint8Array {
    const head = (this.#count + 1) * 4;
    const payload = new Uint8Array(head + this.#bytes);
    const words = new Uint32Array(payload.buffer, 0, this.#count + 1);
    words[0] = this.#count;
    words.set(this.#lengths.subarray(0, this.#count), 1);
    payload.set(this.#items.subarray(0, this.#bytes), head);
    this.#count = 0;
    this.#bytes = 0;
    return payload;
  }
}

/** Reads 32-bit words from wherever a payload stands. */
function wordsOf(payload: Uint8Array, count: number): Uint32Array {
  if (payload.byteOffset % 4 === 0) return new Uint32Array(payload.buffer, payload.byteOffset, count);
  return new Uint32Array(payload.slice(0, count * 4).buffer, 0, count);
}

const EMPTY = new Uint8Array(0);

/** What failed in a batch: an item's place, and why. */
export interface ItemFailure {
  readonly index: number;
  readonly error: unknown;
}

/**
 * Reads the results of a frame into `results`.
 * @param place where each item's result belongs
 * @returns the items that failed
 * @throws {FerruleError} when the payload is no such frame
 */
export function readResults(
  method: MethodInfo,
  componentId: string,
  payload: Uint8Array,
  results: unknown[],
  place: (item: number) => number,
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
    if (status === layout.STATUS_OK && length === 0) {
      results[place(index)] = isBytes ? EMPTY : undefined;
      continue;
    }
    const bytes = payload.subarray(at, at + length);
    at += length;
    try {
      if (bytes.length !== length) throw new FerruleError("PROTOCOL_VIOLATION", "the results of a batch are cut off");
      if (status !== layout.STATUS_OK) throw outcomeError({ status, payload: bytes }, componentId);
      results[place(index)] = isBytes ? bytes : decode(method, bytes);
    } catch (error) {
      failures.push({ index: place(index), error: withPrefix(unreadable(error), "", componentId) });
    }
  }
  return failures;
}

/** What a writer is told: how many of its items failed, and the first failure. */
export function readFailures(payload: Uint8Array, componentId: string): { count: number; first: unknown } {
  const count = payload.length < 4 ? 0 : wordsOf(payload, 1)[0]!;
  if (count === 0) return { count, first: undefined };
  const status = wordsOf(payload, 2)[1]!;
  return { count, first: outcomeError({ status, payload: payload.subarray(8) }, componentId) };
}
