/**
 * Who waits for a slot or space, first in, first out. Those that were dropped meanwhile are skipped, and do not count.
 */
export class WaitingQueue<T extends { readonly isDropped: boolean }> {
  #items: T[] = [];
  #first = 0;
  #settled = 0;

  /** Those that still wait. */
  get count(): number {
    return this.#items.length - this.#first - this.#settled;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The first that still waits. */
  peek(): T | undefined {
    for (; this.#first < this.#items.length; this.#first++) {
      const item = this.#items[this.#first];
      if (item?.isDropped === false) return item;
      this.#settled--;
    }
    return undefined;
  }

  /** Takes out what {@link peek} shows. */
  shift(): T | undefined {
    const item = this.peek();
    if (item === undefined) return undefined;
    this.#first++;
    this.#tidy();
    return item;
  }

  /** One that waits here was settled: its place is given back once such places are the greater part. */
  settledOne(): void {
    this.#settled++;
    this.#tidy();
  }

  /** Takes everything out that still waits. */
  clear(): T[] {
    const items = this.#items.slice(this.#first).filter(({ isDropped }) => !isDropped);
    this.#items = [];
    this.#first = 0;
    this.#settled = 0;
    return items;
  }

  /** Amortised: as many places are given back as are looked at. */
  #tidy(): void {
    const idle = this.#first + this.#settled;
    if (idle < 1_024 || idle * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#first).filter(({ isDropped }) => !isDropped);
    this.#first = 0;
    this.#settled = 0;
  }
}
