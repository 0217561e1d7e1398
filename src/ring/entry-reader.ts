/** The reading side of a descriptor ring and its byte ring: common to completions and events. */
import { type BytePlace, ByteReader } from "./byte-ring.ts";
import { ENTRY_COUNT, ENTRY_SIZE, FLAG_BYTES, FLAG_CELLS, WORD_POSITION } from "./layout.generated.ts";
import { copyBytes, NO_BYTES, privateBytes } from "./private-bytes.ts";
import { violation } from "./violation.ts";
import { ENTRY_WORDS, type Words } from "./words.ts";

/** Where the rings lie; all in bytes. */
export interface ReaderPlace {
  readonly name: string;
  readonly entries: number;
  readonly tail: number;
  readonly head: number;
  readonly bytes: BytePlace;
  /** First word of an entry's inline bytes. */
  readonly inlineWord: number;
}

const MASK = ENTRY_COUNT - 1;

export class EntryReader {
  readonly #words: Words;
  readonly #plain: Uint32Array;
  readonly #place: ReaderPlace;
  readonly #bytes: ByteReader;
  readonly #firstWord: number;
  readonly #inlineMax: number;
  #head: number;
  #released: number;
  #tailSeen: number;

  constructor(words: Words, place: ReaderPlace, first: number, firstByte: number) {
    this.#words = words;
    this.#plain = words.plain;
    this.#place = place;
    this.#bytes = new ByteReader(words, place.bytes, firstByte);
    this.#firstWord = place.entries >>> 2;
    this.#inlineMax = ENTRY_SIZE - place.inlineWord * 4;
    this.#head = first;
    this.#released = first;
    this.#tailSeen = first;
  }

  /** This side's own head: entries taken so far. */
  get head(): number {
    return this.#head;
  }

  /** Whether something was published that was not taken. */
  get hasMore(): boolean {
    return this.#head !== this.#tailSeen || this.#words.load(this.#place.tail) !== this.#head;
  }

  /**
   * Takes the next entry.
   * @returns where it stands, in words; -1 when there is none. The entry is the other side's memory: each field is read
   *   once, and what was read is what is checked and used
   * @throws {ProtocolError} when more was published than the ring holds
   */
  take(): number {
    const head = this.#head;
    if (head === this.#tailSeen) {
      const tail = this.#words.load(this.#place.tail); // pairs with publish() in descriptor_ring.rs
      if (tail === head) return -1;
      const published = (tail - head) >>> 0;
      if (published > ENTRY_COUNT) {
        throw violation(`${this.#place.name}: ${published} entries published, the ring holds ${ENTRY_COUNT}`);
      }
      this.#tailSeen = tail;
    }
    this.#head = (head + 1) >>> 0;
    return this.#firstWord + (head & MASK) * ENTRY_WORDS;
  }

  /**
   * The payload of the entry that was taken last, copied out. Nothing for one that came in cells.
   * @param at where the entry stands
   * @param into a private buffer of that length; a new one when it is left out
   * @throws {ProtocolError} when it does not stand where it must
   */
  payload(at: number, tag: number, length: number, into?: Uint8Array): Uint8Array {
    if ((tag & FLAG_BYTES) !== 0) return this.#bytes.copyOut(this.#plain[at + WORD_POSITION]!, length, into);
    if (length === 0 || (tag & FLAG_CELLS) !== 0) return NO_BYTES;
    if (length > this.#inlineMax) {
      throw violation(`${this.#place.name}: payload of ${length} bytes, at most ${this.#inlineMax}`);
    }
    const copy = into ?? privateBytes(length);
    copyBytes(this.#words.bytes, (at + this.#place.inlineWord) * 4, length, copy);
    return copy;
  }

  /**
   * Gives what was taken back to the writer. True when bytes were freed: it may be asleep for want of them.
   * @param entries publishes the entries too; a writer that slots bound does not look at them
   */
  release(entries: boolean): boolean {
    const freed = this.#bytes.free();
    if (!entries || this.#released === this.#head) return freed;
    this.#released = this.#head;
    this.#words.store(this.#place.head, this.#head); // pairs with has_space() in descriptor_ring.rs
    return true;
  }
}
