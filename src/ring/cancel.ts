/** Cancelling a request that is already in the ring. Twin of `ring/src/cancel.rs`, which holds the protocol. */
import { OFFSET_CANCEL_SUMMARY, OFFSET_CANCEL_WORDS } from "./layout.generated.ts";
import type { Words } from "./words.ts";

export class CancelBoard {
  readonly #words: Words;

  constructor(words: Words) {
    this.#words = words;
  }

  /** Asks Rust to end one use of a slot. Ring afterwards. */
  request(slot: number, generation: number): void {
    this.#words.store(OFFSET_CANCEL_WORDS + slot * 4, generation);
    this.#words.or(OFFSET_CANCEL_SUMMARY, 1 << (slot >>> 5));
  }

  /** Before the slot is used again. */
  clear(slot: number): void {
    this.#words.store(OFFSET_CANCEL_WORDS + slot * 4, 0);
  }
}
