/**
 * A stream of a Rust method as an async iterator. Rust makes items while somebody asks for them, at most sixteen ahead:
 * a slow reader stops it. The stream in Rust is dropped when the loop is left, the signal aborted, or the iterator
 * collected.
 */
import { FerruleError } from "../core/errors.ts";
import { unpack } from "../runtime/codec.ts";
import { abortedError } from "../runtime/request.ts";
import type { ExtensionHandle } from "../runtime/types.ts";

type Limits = { readonly signal?: AbortSignal };

/** Ends the streams of iterators that nobody has any more. */
const forgotten = new FinalizationRegistry<Source>((source) => source.cancel());

/** The stream in Rust. It does not know its iterator, so that this one can be collected. */
class Source {
  readonly #handle: ExtensionHandle;
  readonly #method: string;
  readonly #open: (limits: Limits) => Promise<number>;
  readonly #signal: AbortSignal | undefined;
  readonly #read: ((item: unknown) => unknown) | undefined;
  #number: Uint8Array | undefined;
  #items: unknown[] = [];
  #place = 0;
  /** Rust has no more: it has said so, or was told to stop. */
  #isOver = false;
  #isCancelled = false;
  readonly #onAbort = (): void => this.cancel();

  constructor(
    handle: ExtensionHandle,
    method: string,
    open: (limits: Limits) => Promise<number>,
    signal: AbortSignal | undefined,
    read: ((item: unknown) => unknown) | undefined,
  ) {
    this.#handle = handle;
    this.#method = method;
    this.#open = open;
    this.#signal = signal;
    this.#read = read;
  }

  /** An item that is here already. */
  get hasItem(): boolean {
    return this.#place < this.#items.length && this.#signal?.aborted !== true;
  }

  take(): IteratorResult<unknown, undefined> {
    const value = this.#items[this.#place];
    this.#items[this.#place] = undefined;
    this.#place++;
    return { done: false, value };
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    try {
      while (!this.hasItem) {
        if (this.#isCancelled && this.#signal?.aborted !== true) return { done: true, value: undefined };
        if (this.#signal?.aborted === true) {
          throw abortedError("the stream was aborted", this.#signal, this.#handle.id);
        }
        if (this.#isOver) return { done: true, value: undefined };
        await this.#ask();
      }
      return this.take();
    } catch (error) {
      this.cancel();
      this.#items = [];
      // Of the streams' own methods nobody has heard.
      throw error instanceof FerruleError && error.method !== undefined
        ? Object.assign(error, { method: this.#method })
        : error;
    }
  }

  async #ask(): Promise<void> {
    const limits = this.#signal === undefined ? {} : { signal: this.#signal };
    if (this.#number === undefined) {
      const number = await this.#open(limits);
      this.#number = new Uint8Array(new Uint32Array([number]).buffer);
      this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
      if (this.#isCancelled) this.#drop(); // it was told to stop while it opened
      if (this.#isCancelled) return;
    }
    const answer = unpack((await this.#handle.call("$next", this.#number, limits)) as Uint8Array) as unknown[];
    this.#isOver = answer[0] === true;
    this.#items =
      this.#read === undefined ? answer : answer.map((item, index) => (index > 0 ? this.#read?.(item) : item));
    this.#place = 1;
    if (this.#isOver) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  /** Drops the stream in Rust. What is there already is not handed on any more. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#items = [];
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (this.#number !== undefined) this.#drop();
  }

  #drop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Should it be shut down already, the stream is gone.
    this.#handle.call("$cancel", this.#number).catch(() => {});
  }
}

/** An async iterator over what a Rust method's stream makes. `for await` ends it, however the loop is left. */
export class RustStream<Item> implements AsyncIterableIterator<Item, undefined, undefined>, AsyncDisposable {
  readonly #source: Source;
  /** Requests are answered in their order. */
  #last: Promise<unknown> | undefined;

  /** @internal methods of generated clients make it */
  constructor(
    handle: ExtensionHandle,
    method: string,
    open: (limits: Limits) => Promise<number>,
    options: Limits | undefined,
    read: ((item: unknown) => unknown) | undefined,
  ) {
    this.#source = new Source(handle, method, open, options?.signal, read);
    forgotten.register(this, this.#source, this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    const source = this.#source;
    if (this.#last === undefined && source.hasItem) {
      return Promise.resolve(source.take() as IteratorResult<Item, undefined>);
    }
    const next = (this.#last ?? Promise.resolve()).then(
      () => source.next(),
      () => source.next(),
    );
    this.#last = next;
    const done = (): void => {
      if (this.#last === next) this.#last = undefined;
    };
    next.then(done, done);
    return next as Promise<IteratorResult<Item, undefined>>;
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    forgotten.unregister(this);
    this.#source.cancel();
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
