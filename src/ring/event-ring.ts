/** What Rust tells TypeScript without being asked: log records and statuses. Twin of `ring/src/event_ring.rs`. */
import { EntryReader } from "./entry-reader.ts";
import * as layout from "./layout.generated.ts";
import type { Words } from "./words.ts";

/** Reads events. */
export class EventRing {
  readonly #reader: EntryReader;

  constructor(words: Words, first: number, firstByte: number) {
    this.#reader = new EntryReader(
      words,
      {
        name: "event ring",
        entries: layout.OFFSET_EVENT_ENTRIES,
        tail: layout.OFFSET_EVENT_TAIL,
        head: layout.OFFSET_EVENT_HEAD,
        bytes: {
          name: "event bytes",
          bytes: layout.OFFSET_EVENT_BYTES,
          capacity: layout.EVENT_BYTES_SIZE,
          head: layout.OFFSET_EVENT_BYTE_HEAD,
        },
        inlineWord: layout.WORD_EVENT_INLINE,
      },
      first,
      firstByte,
    );
  }

  /** This side's own head. */
  get head(): number {
    return this.#reader.head;
  }

  get hasMore(): boolean {
    return this.#reader.hasMore;
  }

  take(): boolean {
    return this.#reader.take();
  }

  /** One of the `EVENT_` codes. */
  get kind(): number {
    return this.#reader.entry[layout.WORD_TAG]! & layout.TAG_CODE_MASK;
  }

  payload(): Uint8Array {
    return this.#reader.payload();
  }

  release(): boolean {
    return this.#reader.release();
  }
}
