/**
 * Outcomes from Rust to TypeScript: exactly one for each request. Twin of `ring/src/completion_ring.rs`.
 *
 * On a call's path: the runtime's `lane` (Rust) before, `pending-calls` after.
 */
import { EntryReader } from "./entry-reader.ts";
import * as layout from "./layout.generated.ts";
import { violation } from "./violation.ts";
import type { Words } from "./words.ts";

/**
 * Reads completions. The getters speak of the one that {@link take} took last: all are claims until they are checked.
 */
export class CompletionRing {
  readonly #reader: EntryReader;

  constructor(words: Words, first: number, firstByte: number) {
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

  take(): boolean {
    return this.#reader.take();
  }

  get slot(): number {
    return this.#reader.entry[layout.WORD_COMPLETION_SLOT]!;
  }

  get generation(): number {
    return this.#reader.entry[layout.WORD_COMPLETION_GENERATION]!;
  }

  /** One of the `STATUS_` codes. @throws {ProtocolError} when it is none */
  get status(): number {
    const status = this.#reader.entry[layout.WORD_TAG]! & layout.TAG_CODE_MASK;
    if (status > layout.STATUS_UNKNOWN_METHOD) throw violation(`completion ring: status is ${status}`);
    return status;
  }

  /** Whether the request was ready at its first poll. */
  get firstPoll(): boolean {
    return (this.#reader.entry[layout.WORD_TAG]! & layout.FLAG_FIRST_POLL) !== 0;
  }

  /** The event ring's tail when this was posted: events up to it come first. */
  get eventTail(): number {
    return this.#reader.entry[layout.WORD_COMPLETION_EVENT_TAIL]!;
  }

  payload(): Uint8Array {
    return this.#reader.payload();
  }

  release(): boolean {
    return this.#reader.release();
  }
}
