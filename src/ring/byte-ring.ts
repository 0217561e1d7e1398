/**
 * A ring of payload bytes beside a descriptor ring: written in order, copied out in order, freed in order. Twin of
 * `ring/src/byte_ring.rs`, which draws it and says why a record is at most half the ring.
 */
import { copyBytes, privateBytes } from "./private-bytes.ts";
import { violation } from "./violation.ts";
import type { Words } from "./words.ts";

/** Where a ring lies. */
export interface BytePlace {
  readonly name: string;
  /** Byte offset of the ring. */
  readonly bytes: number;
  /** Its size, a power of two. */
  readonly capacity: number;
  /** Byte offset of the published head. */
  readonly head: number;
}

/** Bytes that a record takes: records are 8-byte aligned. */
function recordSize(length: number): number {
  return (length + 7) & ~7;
}

/** Where the next record of this length starts when the cursor stands here: there, or at the start of the next lap. */
function recordStart(place: BytePlace, cursor: number, length: number): number {
  const offset = cursor & (place.capacity - 1);
  return offset + recordSize(length) <= place.capacity ? cursor : (cursor + place.capacity - offset) >>> 0;
}

export class ByteWriter {
  readonly #words: Words;
  readonly #place: BytePlace;
  #tail: number;
  #headSeen: number;

  constructor(words: Words, place: BytePlace, first: number) {
    this.#words = words;
    this.#place = place;
    this.#tail = first;
    this.#headSeen = first;
  }

  /** Bytes of the longest record. */
  get recordMax(): number {
    return this.#place.capacity / 2;
  }

  /** Whether a record of this length fits now. */
  hasSpace(length: number): boolean {
    const end = (recordStart(this.#place, this.#tail, length) + recordSize(length)) >>> 0;
    if ((end - this.#headSeen) >>> 0 <= this.#place.capacity) return true;
    this.#headSeen = this.#words.load(this.#place.head); // pairs with free() in byte_ring.rs
    return (end - this.#headSeen) >>> 0 <= this.#place.capacity;
  }

  /** Writes a record that fits. @returns its position */
  write(payload: Uint8Array): number {
    const position = recordStart(this.#place, this.#tail, payload.length);
    this.#words.bytes.set(payload, this.#place.bytes + (position & (this.#place.capacity - 1)));
    this.#tail = (position + recordSize(payload.length)) >>> 0;
    return position;
  }
}

export class ByteReader {
  readonly #words: Words;
  readonly #place: BytePlace;
  #head: number;
  #freed: number;

  constructor(words: Words, place: BytePlace, first: number) {
    this.#words = words;
    this.#place = place;
    this.#head = first;
    this.#freed = first;
  }

  /**
   * Copies the record out that a descriptor claims to stand at `position`.
   * @param into a private buffer of that length; a new one when it is left out
   * @throws {ProtocolError} when it is too long, or stands elsewhere than the next record must
   */
  copyOut(position: number, length: number, into: Uint8Array = privateBytes(length)): Uint8Array {
    const { name, capacity, bytes } = this.#place;
    if (length > capacity / 2) throw violation(`${name}: payload of ${length} bytes, at most ${capacity / 2}`);
    const expected = recordStart(this.#place, this.#head, length);
    if (position !== expected) throw violation(`${name}: payload at ${position}, expected at ${expected}`);
    const start = bytes + (position & (capacity - 1));
    copyBytes(this.#words.bytes, start, length, into);
    this.#head = (position + recordSize(length)) >>> 0;
    return into;
  }

  /** Gives what was copied out back to the writer. True when there was any: the writer may be asleep for want of it. */
  free(): boolean {
    if (this.#freed === this.#head) return false;
    this.#freed = this.#head;
    this.#words.store(this.#place.head, this.#head); // pairs with has_space() in byte_ring.rs
    return true;
  }
}
