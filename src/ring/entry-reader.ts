/** The reading side of a descriptor ring and its byte ring: common to completions and events. */
import { type BytePlace, ByteReader } from "./byte-ring.ts";
import { ENTRY_COUNT, FLAG_BYTES, WORD_LENGTH, WORD_POSITION, WORD_TAG } from "./layout.generated.ts";
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

const EMPTY = new Uint8Array(0);
const MASK = ENTRY_COUNT - 1;

export class EntryReader {
  /** The entry that was taken last: a private copy, so that what is checked is what is used. */
  readonly entry = new Uint32Array(ENTRY_WORDS);
  readonly #inline: Uint8Array;
  readonly #words: Words;
  readonly #place: ReaderPlace;
  readonly #bytes: ByteReader;
  #head: number;
  #released: number;
  #tailSeen: number;

  constructor(words: Words, place: ReaderPlace, first: number, firstByte: number) {
    this.#words = words;
    this.#place = place;
    this.#bytes = new ByteReader(words, place.bytes, firstByte);
    this.#inline = new Uint8Array(this.entry.buffer, place.inlineWord * 4);
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
    return this.#words.load(this.#place.tail) !== this.#head;
  }

  /**
   * Copies the next entry into {@link entry}. False when there is none.
   * @throws {ProtocolError} when more was published than the ring holds
   */
  take(): boolean {
    if (this.#head === this.#tailSeen) {
      const tail = this.#words.load(this.#place.tail); // pairs with publish() in descriptor_ring.rs
      const published = (tail - this.#head) >>> 0;
      if (published === 0) return false;
      if (published > ENTRY_COUNT) {
        throw violation(`${this.#place.name}: ${published} entries published, the ring holds ${ENTRY_COUNT}`);
      }
      this.#tailSeen = tail;
    }
    const at = (this.#place.entries >>> 2) + (this.#head & MASK) * ENTRY_WORDS;
    const plain = this.#words.plain;
    for (let word = 0; word < ENTRY_WORDS; word++) this.entry[word] = plain[at + word]!;
    this.#head = (this.#head + 1) >>> 0;
    return true;
  }

  /**
   * The payload of the entry that was taken last, copied out.
   * @throws {ProtocolError} when it does not stand where it must
   */
  payload(): Uint8Array {
    const length = this.entry[WORD_LENGTH]!;
    if ((this.entry[WORD_TAG]! & FLAG_BYTES) !== 0) return this.#bytes.copyOut(this.entry[WORD_POSITION]!, length);
    if (length === 0) return EMPTY;
    const inlineMax = this.#inline.length;
    if (length > inlineMax) {
      throw violation(`${this.#place.name}: payload of ${length} bytes, at most ${inlineMax}`);
    }
    return this.#inline.slice(0, length);
  }

  /**
   * Gives what was taken back to the writer. True when bytes or entries were freed: it may be asleep for want of them.
   */
  release(): boolean {
    if (this.#released === this.#head) return false;
    this.#released = this.#head;
    this.#words.store(this.#place.head, this.#head); // pairs with has_space() in descriptor_ring.rs
    this.#bytes.free();
    return true;
  }
}
