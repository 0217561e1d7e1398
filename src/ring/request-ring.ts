/**
 * Requests from TypeScript to Rust. Twin of `ring/src/request_ring.rs`.
 *
 * On a call's path: `pending-calls` gives the slot before, the runtime's `drain` (Rust) comes after. Every request
 * owns a slot, and there are as many slots as entries: the ring cannot overflow, so nothing here looks for room.
 */
import { ByteWriter } from "./byte-ring.ts";
import * as layout from "./layout.generated.ts";
import { ENTRY_WORDS, type Words } from "./words.ts";

/** What a request asks for: the fields of its descriptor that do not change from one call of a method to the next. */
export interface RequestTarget {
  /** One of the `OP_` codes, with `FLAG_CONTEXT` when the payload begins with a context. */
  readonly operation: number;
  readonly handleIndex: number;
  readonly handleGeneration: number;
  /** Index of the method, or of the factory for a start. */
  readonly method: number;
}

/** On CLOCK_MONOTONIC, in microseconds, as two halves; 0 and 0 for none. */
export interface RequestDeadline {
  readonly deadlineLow: number;
  readonly deadlineHigh: number;
}

export const NO_DEADLINE: RequestDeadline = { deadlineLow: 0, deadlineHigh: 0 };

const ENTRIES = layout.OFFSET_REQUEST_ENTRIES >>> 2;
const MASK = layout.ENTRY_COUNT - 1;

export class RequestRing {
  readonly #words: Words;
  readonly #plain: Uint32Array;
  readonly #bytes: ByteWriter;
  #tail: number;
  #published: number;

  constructor(words: Words, first: number, firstByte: number) {
    this.#words = words;
    this.#plain = words.plain;
    this.#tail = first;
    this.#published = first;
    this.#bytes = new ByteWriter(
      words,
      {
        name: "request bytes",
        bytes: layout.OFFSET_REQUEST_BYTES,
        capacity: layout.REQUEST_BYTES_SIZE,
        head: layout.OFFSET_REQUEST_BYTE_HEAD,
      },
      firstByte,
    );
  }

  /** Bytes of the longest payload that travels in one piece. */
  get pieceMax(): number {
    return this.#bytes.recordMax;
  }

  /** Whether a payload of this length, in one piece, fits now. */
  hasSpace(length: number): boolean {
    return length <= layout.REQUEST_INLINE_MAX || this.#bytes.hasSpace(length);
  }

  /** Writes a request whose payload fits. Rust sees it after {@link publish}. */
  write(slot: number, generation: number, target: RequestTarget, deadline: RequestDeadline, payload: Uint8Array): void {
    const at = ENTRIES + (this.#tail & MASK) * ENTRY_WORDS;
    const length = payload.length;
    let tag = target.operation;
    if (length > layout.REQUEST_INLINE_MAX) {
      tag |= layout.FLAG_BYTES;
      this.#words.plain[at + layout.WORD_POSITION] = this.#bytes.write(payload);
    } else if (length > 0) {
      // A loop: for so few bytes `set` costs more than they do.
      const bytes = this.#words.bytes;
      const start = (at + layout.WORD_REQUEST_INLINE) * 4;
      for (let index = 0; index < length; index++) bytes[start + index] = payload[index]!;
    }
    this.#write(at, tag, length, slot, generation, target, deadline);
  }

  /** Writes a request whose payload, of so many bytes, went ahead in cells. */
  writeAfterCells(
    slot: number,
    generation: number,
    target: RequestTarget,
    deadline: RequestDeadline,
    total: number,
  ): void {
    const at = ENTRIES + (this.#tail & MASK) * ENTRY_WORDS;
    this.#write(at, target.operation | layout.FLAG_CELLS, total, slot, generation, target, deadline);
  }

  #write(
    at: number,
    tag: number,
    length: number,
    slot: number,
    generation: number,
    target: RequestTarget,
    deadline: RequestDeadline,
  ): void {
    const plain = this.#plain;
    plain[at + layout.WORD_TAG] = tag;
    plain[at + layout.WORD_LENGTH] = length;
    plain[at + layout.WORD_REQUEST_SLOT] = slot;
    plain[at + layout.WORD_REQUEST_GENERATION] = generation;
    plain[at + layout.WORD_REQUEST_HANDLE_INDEX] = target.handleIndex;
    plain[at + layout.WORD_REQUEST_HANDLE_GENERATION] = target.handleGeneration;
    plain[at + layout.WORD_REQUEST_METHOD] = target.method;
    plain[at + layout.WORD_REQUEST_DEADLINE_LOW] = deadline.deadlineLow;
    plain[at + layout.WORD_REQUEST_DEADLINE_HIGH] = deadline.deadlineHigh;
    this.#tail = (this.#tail + 1) >>> 0;
  }

  /** Requests written and not published. */
  get unpublished(): number {
    return (this.#tail - this.#published) >>> 0;
  }

  /** Makes everything written visible: one store for the batch. True when there was anything. */
  publish(): boolean {
    if (this.#published === this.#tail) return false;
    this.#published = this.#tail;
    this.#words.store(layout.OFFSET_REQUEST_TAIL, this.#tail); // pairs with take() in descriptor_ring.rs
    return true;
  }

  /** Requests that Rust has not taken, as it last said: for the safety timer. */
  get untaken(): number {
    return (this.#published - this.#words.load(layout.OFFSET_REQUEST_HEAD)) >>> 0;
  }
}
