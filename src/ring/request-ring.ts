/**
 * Requests from TypeScript to Rust. Twin of `ring/src/request_ring.rs`.
 *
 * On a call's path: `pending-calls` gives the slot before, the runtime's `drain` (Rust) comes after. Every request
 * owns a slot, and there are as many slots as entries: the ring cannot overflow, so nothing here looks for room.
 */
import { ByteWriter } from "./byte-ring.ts";
import * as layout from "./layout.generated.ts";
import { ENTRY_WORDS, type Words } from "./words.ts";

/** What a request says, beside its payload. */
export interface RequestFields {
  /** One of the `OP_` codes. */
  readonly operation: number;
  readonly handleIndex: number;
  readonly handleGeneration: number;
  /** Index of the method, or of the factory for a start. */
  readonly method: number;
  /** On CLOCK_MONOTONIC, in microseconds, as two halves; 0 and 0 for none. */
  readonly deadlineLow: number;
  readonly deadlineHigh: number;
}

const ENTRIES = layout.OFFSET_REQUEST_ENTRIES >>> 2;
const MASK = layout.ENTRY_COUNT - 1;

export class RequestRing {
  readonly #words: Words;
  readonly #bytes: ByteWriter;
  #tail: number;
  #published: number;

  constructor(words: Words, first: number, firstByte: number) {
    this.#words = words;
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

  /** Bytes of the longest payload. */
  get payloadMax(): number {
    return this.#bytes.recordMax;
  }

  /** Whether a payload of this length fits now. */
  hasSpace(length: number): boolean {
    return length <= layout.REQUEST_INLINE_MAX || this.#bytes.hasSpace(length);
  }

  /** Writes a request whose payload fits. Rust sees it after {@link publish}. */
  write(slot: number, generation: number, fields: RequestFields, payload: Uint8Array): void {
    const plain = this.#words.plain;
    const at = ENTRIES + (this.#tail & MASK) * ENTRY_WORDS;
    let tag = fields.operation;
    const length = payload.length;
    if (length > layout.REQUEST_INLINE_MAX) {
      tag |= layout.FLAG_BYTES;
      plain[at + layout.WORD_POSITION] = this.#bytes.write(payload);
    } else {
      // A loop: for so few bytes `set` costs more than they do.
      const bytes = this.#words.bytes;
      const start = (at + layout.WORD_REQUEST_INLINE) * 4;
      for (let index = 0; index < length; index++) bytes[start + index] = payload[index]!;
    }
    plain[at + layout.WORD_TAG] = tag;
    plain[at + layout.WORD_LENGTH] = length;
    plain[at + layout.WORD_REQUEST_SLOT] = slot;
    plain[at + layout.WORD_REQUEST_GENERATION] = generation;
    plain[at + layout.WORD_REQUEST_HANDLE_INDEX] = fields.handleIndex;
    plain[at + layout.WORD_REQUEST_HANDLE_GENERATION] = fields.handleGeneration;
    plain[at + layout.WORD_REQUEST_METHOD] = fields.method;
    plain[at + layout.WORD_REQUEST_DEADLINE_LOW] = fields.deadlineLow;
    plain[at + layout.WORD_REQUEST_DEADLINE_HIGH] = fields.deadlineHigh;
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
