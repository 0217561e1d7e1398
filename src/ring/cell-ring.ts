/**
 * A ring of cells of 64 KiB, for payloads over half a byte ring: they travel in fragments, and the entry that they
 * belong to comes after the last one. Twin of `ring/src/cell_ring.rs`, which draws a cell and says why.
 */
import * as layout from "./layout.generated.ts";
import { violation } from "./violation.ts";
import type { Words } from "./words.ts";

/** Bytes of a payload that fit into a cell. */
const FRAGMENT_MAX = layout.CELL_SIZE - layout.CELL_HEAD;
const MASK = layout.CELL_COUNT - 1;

/** Where a ring lies; all in bytes. */
export interface CellPlace {
  readonly name: string;
  readonly cells: number;
  readonly tail: number;
  readonly head: number;
}

export const REQUEST_CELLS: CellPlace = {
  name: "request cells",
  cells: layout.OFFSET_REQUEST_CELLS,
  tail: layout.OFFSET_REQUEST_CELL_TAIL,
  head: layout.OFFSET_REQUEST_CELL_HEAD,
};

export const COMPLETION_CELLS: CellPlace = {
  name: "completion cells",
  cells: layout.OFFSET_COMPLETION_CELLS,
  tail: layout.OFFSET_COMPLETION_CELL_TAIL,
  head: layout.OFFSET_COMPLETION_CELL_HEAD,
};

export class CellWriter {
  readonly #words: Words;
  readonly #place: CellPlace;
  #tail: number;
  #published: number;
  #headSeen: number;

  constructor(words: Words, place: CellPlace, first: number) {
    this.#words = words;
    this.#place = place;
    this.#tail = first;
    this.#published = first;
    this.#headSeen = first;
  }

  /** Whether a cell is free. */
  get hasSpace(): boolean {
    if ((this.#tail - this.#headSeen) >>> 0 < layout.CELL_COUNT) return true;
    this.#headSeen = this.#words.load(this.#place.head); // pairs with release() in cell_ring.rs
    return (this.#tail - this.#headSeen) >>> 0 < layout.CELL_COUNT;
  }

  /**
   * Writes the fragment at `offset` of a payload of `total` bytes into a free cell.
   * @param rest the payload from there on
   * @returns how many bytes it took
   */
  write(slot: number, generation: number, total: number, offset: number, rest: Uint8Array): number {
    const start = this.#place.cells + (this.#tail & MASK) * layout.CELL_SIZE;
    const { plain, bytes } = this.#words;
    const at = start >>> 2;
    plain[at + layout.WORD_CELL_SLOT] = slot;
    plain[at + layout.WORD_CELL_GENERATION] = generation;
    plain[at + layout.WORD_CELL_TOTAL] = total;
    plain[at + layout.WORD_CELL_OFFSET] = offset;
    const length = Math.min(rest.length, FRAGMENT_MAX);
    bytes.set(rest.subarray(0, length), start + layout.CELL_HEAD);
    this.#tail = (this.#tail + 1) >>> 0;
    return length;
  }

  /** Makes everything written visible. True when there was anything. */
  publish(): boolean {
    if (this.#published === this.#tail) return false;
    this.#published = this.#tail;
    this.#words.store(this.#place.tail, this.#tail); // pairs with take() in cell_ring.rs
    return true;
  }
}

/**
 * Where a payload that comes in cells is put together. Asked for each fragment: whoever brought the first buffer may
 * have it back by now.
 * @param present what it was put into so far; undefined for the first fragment
 * @returns a buffer of exactly so many bytes
 */
export type Allocate = (slot: number, generation: number, total: number, present?: Uint8Array) => Uint8Array;

export class CellReader {
  readonly #words: Words;
  readonly #place: CellPlace;
  readonly #payloadMax: number;
  readonly #allocate: Allocate;
  #head: number;
  #released: number;
  #slot = -1;
  #generation = 0;
  #arrived = 0;
  #buffer: Uint8Array = NOTHING;

  constructor(words: Words, place: CellPlace, first: number, payloadMax: number, allocate: Allocate) {
    this.#words = words;
    this.#place = place;
    this.#payloadMax = payloadMax;
    this.#allocate = allocate;
    this.#head = first;
    this.#released = first;
  }

  /** A payload is there that its entry has not asked for yet. */
  get #isWhole(): boolean {
    return this.#slot >= 0 && this.#arrived === this.#buffer.length;
  }

  /** Whether something was published that can be taken. */
  get hasMore(): boolean {
    return !this.#isWhole && this.#words.load(this.#place.tail) !== this.#head;
  }

  /**
   * Copies fragments out, each behind those before it, until there are no more or a payload is whole: the next one's
   * may be there before the entry of this one is taken.
   * @returns how many there were
   * @throws {ProtocolError} when one does not follow the one before it, or its payload is too long
   */
  take(): number {
    const { name } = this.#place;
    const tail = this.#words.load(this.#place.tail); // pairs with publish() in cell_ring.rs
    const published = (tail - this.#head) >>> 0;
    if (published > layout.CELL_COUNT) {
      throw violation(`${name}: ${published} cells published, the ring holds ${layout.CELL_COUNT}`);
    }
    let taken = 0;
    for (; taken < published && !this.#isWhole; taken++) this.#takeOne();
    return taken;
  }

  #takeOne(): void {
    const { name, cells } = this.#place;
    const start = cells + (this.#head & MASK) * layout.CELL_SIZE;
    const { plain, bytes } = this.#words;
    const at = start >>> 2;
    // Each field is read once.
    const slot = plain[at + layout.WORD_CELL_SLOT]!;
    const generation = plain[at + layout.WORD_CELL_GENERATION]!;
    const total = plain[at + layout.WORD_CELL_TOTAL]!;
    const offset = plain[at + layout.WORD_CELL_OFFSET]!;
    if (total > this.#payloadMax) throw violation(`${name}: payload of ${total} bytes, at most ${this.#payloadMax}`);
    if (offset === 0) {
      this.#buffer = this.#allocate(slot, generation, total);
      this.#slot = slot;
      this.#generation = generation;
      this.#arrived = 0;
    }
    const isNext = slot === this.#slot && generation === this.#generation && offset === this.#arrived;
    if (!isNext || total !== this.#buffer.length || offset >= total) {
      throw violation(`${name}: fragment at ${offset}, expected at ${this.#arrived}`);
    }
    if (offset > 0) this.#buffer = this.#allocate(slot, generation, total, this.#buffer);
    const length = Math.min(total - offset, FRAGMENT_MAX);
    const data = start + layout.CELL_HEAD;
    this.#buffer.set(bytes.subarray(data, data + length), offset);
    this.#arrived += length;
    this.#head = (this.#head + 1) >>> 0;
  }

  /**
   * The payload that an entry says has come.
   * @throws {ProtocolError} when it has not
   */
  finish(slot: number, generation: number, total: number): Uint8Array {
    const buffer = this.#buffer;
    const isWhole = slot === this.#slot && generation === this.#generation && this.#arrived === total;
    if (!isWhole || buffer.length !== total) {
      throw violation(`${this.#place.name}: a payload of ${total} bytes was announced, ${this.#arrived} have come`);
    }
    this.#slot = -1;
    this.#buffer = NOTHING;
    return buffer;
  }

  /** Gives the cells that were taken back to the writer. True when there were any. */
  release(): boolean {
    if (this.#released === this.#head) return false;
    this.#released = this.#head;
    this.#words.store(this.#place.head, this.#head); // pairs with has_space() in cell_ring.rs
    return true;
  }
}

const NOTHING = new Uint8Array(0);
