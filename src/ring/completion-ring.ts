/**
 * Outcomes from Rust to TypeScript: exactly one for each request. Twin of `ring/src/completion_ring.rs`.
 *
 * On a call's path: the runtime's `lane` (Rust) before, `pending-calls` after.
 */
import { EntryReader } from "./entry-reader.ts";
import * as layout from "./layout.generated.ts";
import { violation } from "./violation.ts";
import type { Words } from "./words.ts";

/** Reads completions. Their fields are the other side's memory: each is read once, and what was read is checked. */
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

  /** Takes the next completion. @returns where its entry stands, in words; -1 when there is none */
  take(): number {
    return this.#reader.take();
  }

  /** The payload of the completion that was taken last, copied out; to be called once for each that has one. */
  payload(at: number, tag: number, length: number, into?: Uint8Array): Uint8Array {
    return this.#reader.payload(at, tag, length, into);
  }

  /** Gives bytes back. True when there were any: Rust may be asleep for want of them. */
  release(): boolean {
    return this.#reader.release(false);
  }
}

/** The status in a completion's tag. @throws {ProtocolError} when it is none */
export function statusOf(tag: number): number {
  const status = tag & layout.TAG_CODE_MASK;
  if (status > layout.STATUS_UNKNOWN_METHOD) throw violation(`completion ring: status is ${status}`);
  return status;
}
