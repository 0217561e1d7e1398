/**
 * A stream of a Rust method as an async iterator. Rust makes items while somebody asks for them, at most sixteen ahead:
 * a slow reader stops it. The stream in Rust is dropped when the loop is left, the signal aborted, or the iterator
 * collected.
 */
import { type Context, callDepth } from "../core/context.ts";
import { FerruleError } from "../core/errors.ts";
import { unpack } from "../runtime/codec.ts";
import { RuntimeExtension } from "../runtime/extension.ts";
import { abortedError, isAborted, lateResult, type RequestLimits } from "../runtime/request.ts";
import type { ExtensionHandle } from "../runtime/types.ts";

type Open = (limits: Context & RequestLimits) => Promise<number>;
type Given = IteratorResult<unknown, undefined>;

/** Ends the streams of iterators that nobody has any more. */
const forgotten = new FinalizationRegistry<Source>((source) => source.cancel());

/** The stream in Rust. It does not know its iterator, so that this one can be collected. */
class Source {
  readonly #handle: ExtensionHandle;
  readonly #method: string;
  readonly #open: Open;
  readonly #options: Context;
  /** What of it bounds each request for items: the rest was said when the stream was opened. */
  readonly #limits: Context;
  /** When the stream has to be over; milliseconds of `performance.now`. */
  readonly #end: number | undefined;
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
    open: Open,
    options: Context,
    read: ((item: unknown) => unknown) | undefined,
  ) {
    this.#handle = handle;
    this.#method = method;
    this.#open = open;
    this.#options = options;
    isAborted(options.signal); // refuses what is no signal
    const { signal, [callDepth]: depth } = options;
    this.#limits = { ...(signal && { signal }), ...(depth && { [callDepth]: depth }) };
    this.#end = options.deadline === undefined ? undefined : performance.now() + options.deadline;
    this.#read = read;
  }

  get #signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /** An item that is here already. */
  get hasItem(): boolean {
    return this.#place < this.#items.length && !this.#isCancelled && this.#signal?.aborted !== true;
  }

  /** Hands on the next of those that are here. */
  async take(): Promise<Given> {
    const item = this.#items[this.#place];
    this.#items[this.#place] = undefined;
    this.#place++;
    try {
      return { done: false, value: this.#read === undefined ? item : this.#read(item) };
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async next(): Promise<Given> {
    try {
      while (!this.hasItem) {
        if (this.#signal?.aborted === true) {
          throw abortedError("the stream was aborted", this.#signal, this.#handle.id);
        }
        if (this.#isCancelled || this.#isOver) return { done: true, value: undefined };
        await this.#ask();
      }
    } catch (error) {
      // What was asked before the loop was left, and came after that.
      if (this.#isCancelled && this.#signal?.aborted !== true) return { done: true, value: undefined };
      throw this.#failed(error);
    }
    return this.take();
  }

  /** Nothing comes after an error. */
  #failed(error: unknown): unknown {
    this.cancel();
    // Of the streams' own methods nobody has heard.
    const isOwn = error instanceof FerruleError && error.componentId === this.#handle.id;
    return isOwn && error.method !== undefined ? Object.assign(error, { method: this.#method }) : error;
  }

  async #ask(): Promise<void> {
    const left = this.#end === undefined ? {} : { deadline: Math.max(0, this.#end - performance.now()) };
    if (this.#number === undefined) {
      // Aborted on its way, it may be open in Rust all the same.
      const opened = (number: unknown): void => this.#opened(number as number);
      opened(await this.#open({ ...this.#options, ...left, [lateResult]: opened }));
      if (this.#isCancelled) return;
      this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    }
    const answer = unpack(
      (await this.#handle.call("$next", this.#number, { ...this.#limits, ...left })) as Uint8Array,
    ) as unknown[];
    if (this.#isCancelled) return;
    this.#isOver = answer[0] === true;
    this.#items = answer;
    this.#place = 1;
    if (this.#isOver) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #opened(number: number): void {
    this.#number = new Uint8Array(new Uint32Array([number]).buffer);
    if (this.#isCancelled) this.#drop(); // it was told to stop while it opened
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
    if (this.#isOver || this.#number === undefined) return;
    this.#isOver = true;
    const handle = this.#handle;
    const dropped =
      handle instanceof RuntimeExtension
        ? handle.command("$cancel", this.#number)
        : handle.call("$cancel", this.#number);
    // Should it be shut down already, the stream is gone.
    dropped.catch(() => {});
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
    open: Open,
    options: Context | undefined,
    read: ((item: unknown) => unknown) | undefined,
  ) {
    this.#source = new Source(handle, method, open, options ?? {}, read);
    forgotten.register(this, this.#source, this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    const source = this.#source;
    if (this.#last === undefined && source.hasItem) {
      return source.take() as Promise<IteratorResult<Item, undefined>>;
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
