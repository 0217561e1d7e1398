/** What Rust tells TypeScript without being asked: log records, statuses, calls. Twin of `ring/src/event_ring.rs`. */
import { EntryReader } from "./entry-reader.ts";
import * as layout from "./layout.generated.ts";
import type { Words } from "./words.ts";

/** Reads events. */
export class EventRing {
  /** One of the `EVENT_` codes. */
  kind = 0;
  /** A private copy. */
  payload: Uint8Array = new Uint8Array(0);
  readonly #words: Words;
  readonly #reader: EntryReader;

  constructor(words: Words, first: number, firstByte: number) {
    this.#words = words;
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

  /** Takes the next event: {@link kind} and {@link payload} speak of it. */
  take(): boolean {
    const at = this.#reader.take();
    if (at < 0) return false;
    const plain = this.#words.plain;
    const tag = plain[at + layout.WORD_TAG]!;
    this.kind = tag & layout.TAG_CODE_MASK;
    this.payload = this.#reader.payload(at, tag, plain[at + layout.WORD_LENGTH]!);
    return true;
  }

  release(): boolean {
    return this.#reader.release(true);
  }
}
