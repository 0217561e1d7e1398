/**
 * Outcomes from Rust to TypeScript: exactly one for each request. Twin of `ring/src/completion_ring.rs`.
 *
 * On a call's path: the runtime's `lane` (Rust) before, `pending-calls` after.
 */
import { EntryReader } from "./entry-reader.ts";
import * as layout from "./layout.generated.ts";
import { violation } from "./violation.ts";
import type { Words } from "./words.ts";

/** Reads completions. The fields speak of the one that {@link take} took last: claims until they are checked. */
export class CompletionRing {
  slot = 0;
  generation = 0;
  /** One of the `STATUS_` codes. */
  status = 0;
  /** Whether the request was ready at its first poll. */
  firstPoll = false;
  /** The event ring's tail when this was posted: events up to it come first. */
  eventTail = 0;
  /** Bytes of the payload. */
  length = 0;
  #tag = 0;
  #at = 0;
  readonly #plain: Uint32Array;
  readonly #reader: EntryReader;

  constructor(words: Words, first: number, firstByte: number) {
    this.#plain = words.plain;
    this.#reader = new EntryReader(
      words,
      {
        name: "completion ring",
        entries: layout.OFFSET_COMPLETION_ENTRIES,
        tail: layout.OFFSET_COMPLETION_TAIL,
        head: layout.OFFSET_COMPLETION_HEAD,
        bytes: {
          name: "completion bytes",
          bytes: layout.OFFSET_COMPLETION_BYTES,
          capacity: layout.COMPLETION_BYTES_SIZE,
          head: layout.OFFSET_COMPLETION_BYTE_HEAD,
        },
        inlineWord: layout.WORD_COMPLETION_INLINE,
      },
      first,
      firstByte,
    );
  }

  get hasMore(): boolean {
    return this.#reader.hasMore;
  }

  /** Takes the next completion. @throws {ProtocolError} when its status is none */
  take(): boolean {
    const at = this.#reader.take();
    if (at < 0) return false;
    const plain = this.#plain;
    const tag = plain[at + layout.WORD_TAG]!;
    const status = tag & layout.TAG_CODE_MASK;
    if (status > layout.STATUS_UNKNOWN_METHOD) throw violation(`completion ring: status is ${status}`);
    this.status = status;
    this.firstPoll = (tag & layout.FLAG_FIRST_POLL) !== 0;
    this.slot = plain[at + layout.WORD_COMPLETION_SLOT]!;
    this.generation = plain[at + layout.WORD_COMPLETION_GENERATION]!;
    this.eventTail = plain[at + layout.WORD_COMPLETION_EVENT_TAIL]!;
    this.length = plain[at + layout.WORD_LENGTH]!;
    this.#tag = tag;
    this.#at = at;
    return true;
  }

  /** Whether the payload came in cells, before this. */
  get isInCells(): boolean {
    return (this.#tag & layout.FLAG_CELLS) !== 0;
  }

  /** The payload, copied out; must be called once for each completion that does not come in cells. */
  payload(into?: Uint8Array): Uint8Array {
    return this.#reader.payload(this.#at, this.#tag, this.length, into);
  }

  /** Gives bytes back. True when there were any: Rust may be asleep for want of them. */
  release(): boolean {
    return this.#reader.release(false);
  }
}
