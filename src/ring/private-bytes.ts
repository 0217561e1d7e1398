/**
 * Memory of our own for what is copied out. Allocating costs more than copying: a `Uint8Array` over 64 bytes has a
 * buffer of its own, which is zeroed and collected one by one.
 */

import { markAsUntransferable } from "node:worker_threads";

/** Results up to this long share a buffer, as Node's own small buffers do. */
const SHARED_MAX = 4_096;
/** What one small result keeps alive at most. */
const SHARED_SIZE = 32 * 1_024;
/** On V8's own heap, where an allocation costs next to nothing. */
const HEAP_MAX = 64;
/** Below this a loop is quicker than `set`, which needs a view of its own. */
const LOOP_MAX = 96;

/**
 * The result that has no bytes. A promise that is resolved with an object looks for its `then` first, through three
 * prototypes here; one of its own ends that at once. It took a tenth of a call.
 */
export const NO_BYTES = new Uint8Array(0);
// biome-ignore lint/suspicious/noThenProperty: it says that this is no thenable
Object.defineProperty(NO_BYTES, "then", { value: undefined });
markAsUntransferable(NO_BYTES.buffer); // or whoever posts one takes it from everybody

let shared = new ArrayBuffer(0);
let used = 0;

/** So many bytes that nobody else uses. Not zeroed: the caller fills all of them. */
export function privateBytes(length: number): Uint8Array {
  if (length <= HEAP_MAX) return new Uint8Array(length);
  if (length > SHARED_MAX) return new Uint8Array(unzeroed(length), 0, length);
  const start = used;
  used = (start + length + 7) & ~7;
  if (used <= shared.byteLength) return new Uint8Array(shared, start, length);
  shared = unzeroed(SHARED_SIZE);
  markAsUntransferable(shared); // or a result that is posted would take the others' memory with it
  used = (length + 7) & ~7;
  return new Uint8Array(shared, 0, length);
}

function unzeroed(length: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(length).buffer;
}

/** Copies bytes out of memory that the other side may be changing. */
export function copyBytes(from: Uint8Array, start: number, length: number, into: Uint8Array): void {
  if (length > LOOP_MAX) {
    into.set(from.subarray(start, start + length));
    return;
  }
  for (let index = 0; index < length; index++) into[index] = from[start + index]!;
}
