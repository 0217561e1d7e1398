// Numbers from a seed (mulberry32): the same seed gives the same plan. It can be put anywhere in its sequence of
// sequences, so that what the call number N of lane L does hangs on the seed, L and N alone.

export class Random {
  #state = 0;
  #seed;

  constructor(seed) {
    this.#seed = seed >>> 0;
    this.at(0, 0);
  }

  /** Starts the sequence of one place. */
  at(row, column) {
    let mixed = this.#seed ^ Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(column + 1, 0x85ebca77);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
    this.#state = (mixed ^ (mixed >>> 16)) >>> 0;
    return this;
  }

  /** 32 bits. */
  word() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to below a number. */
  below(limit) {
    return Math.floor((this.word() / 2 ** 32) * limit);
  }

  oneIn(number) {
    return this.below(number) === 0;
  }

  /** From 1 to a number, each order of magnitude as likely as the next. */
  magnitude(limit) {
    return Math.floor(limit ** (this.word() / 2 ** 32));
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  fill(bytes) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
    for (let index = 0; index < words.length; index++) words[index] = this.word();
    return bytes;
  }
}
