/** The iterables that Rust takes items from, of one lane: each under the number that a call passed. */
import { FerruleError } from "../core/errors.ts";

/** What Rust asks. */
export interface IterableSource {
  /** The next items, as Rust reads them. Rejects with what the source failed with. */
  pull(): Promise<Uint8Array>;
  /** Nobody wants more. Does not throw. */
  close(): void;
}

export class Iterables {
  /** Bytes of the longest answer. */
  readonly payloadMax: number;
  readonly #sources = new Map<number, IterableSource>();
  #last = 0;
  #over: FerruleError | undefined;

  constructor(payloadMax: number) {
    this.payloadMax = payloadMax;
  }

  /** @throws {FerruleError} `RUNTIME_CLOSED` */
  add(source: IterableSource): number {
    if (this.#over !== undefined) throw this.#over;
    do this.#last = (this.#last + 1) >>> 0;
    while (this.#sources.has(this.#last));
    this.#sources.set(this.#last, source);
    return this.#last;
  }

  /** @throws {FerruleError} `INVALID_STATE` when there is none of this number: its call has failed, or it has ended */
  async pull(number: number): Promise<Uint8Array> {
    const source = this.#sources.get(number);
    if (source === undefined) {
      const text = `iterable ${number} is not open: the call that passed it has failed, or it has ended`;
      throw new FerruleError("INVALID_STATE", text, { permanent: true });
    }
    try {
      const items = await source.pull();
      if (items[0] === IS_LAST) this.#sources.delete(number);
      return items;
    } catch (error) {
      this.#sources.delete(number);
      throw error;
    }
  }

  /** Nobody wants more of it. */
  close(number: number): void {
    const source = this.#sources.get(number);
    this.#sources.delete(number);
    source?.close();
  }

  /** The lane is over. */
  end(error: FerruleError): void {
    this.#over = error;
    const sources = [...this.#sources.values()];
    this.#sources.clear();
    for (const source of sources) source.close();
  }
}

/** The first byte of an answer that holds the last items. */
export const IS_LAST = 1;
