/**
 * Arguments that Rust takes items from: an iterable is pulled while there is room, sixteen items ahead at most, and
 * told to return when Rust wants no more.
 */
import { messageOf } from "../core/errors.ts";
import { pack } from "../runtime/codec.ts";
import type { ExtensionHandle } from "../runtime/types.ts";

type Items = AsyncIterable<unknown> | Iterable<unknown>;

/** Items that are pulled ahead of Rust. */
const WINDOW = 16;
const NO_ITEMS = new Uint8Array([0x90]);

class Feed {
  readonly #handle: ExtensionHandle;
  readonly #source: Items;
  readonly #number: Uint8Array;
  #buffer: unknown[] = [];
  #pushing: Promise<void> | undefined;
  #isClosed = false;
  /** Ends the pull that waits for the source. */
  #stopPull: () => void = () => {};

  static async open(handle: ExtensionHandle, source: Items): Promise<Feed> {
    return new Feed(handle, source, (await handle.call("$open")) as Uint8Array);
  }

  private constructor(handle: ExtensionHandle, source: Items, number: Uint8Array) {
    this.#handle = handle;
    this.#source = source;
    this.#number = number;
  }

  get number(): number {
    return new DataView(this.#number.buffer, this.#number.byteOffset).getUint32(0, true);
  }

  /** Hands on items until one side has had enough. Never rejects. */
  async run(): Promise<void> {
    let text = "";
    try {
      const source = this.#source as AsyncIterable<unknown> & Iterable<unknown>;
      const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]();
      let isDone = false;
      while (!this.#isClosed && !isDone) {
        if (this.#buffer.length >= WINDOW) {
          await this.#pushing;
          continue;
        }
        const pulled = await this.#pull(iterator);
        if (pulled === undefined) break;
        isDone = pulled.done === true;
        if (!isDone) this.#buffer.push(pulled.value);
        this.#push();
      }
      while (this.#pushing !== undefined) await this.#pushing;
      // A generator that waits for something hears of it only after that: nobody waits for its answer.
      if (!isDone) Promise.resolve(iterator.return?.()).catch(() => {});
    } catch (error) {
      text = messageOf(error) || "the source failed";
      while (this.#pushing !== undefined) await this.#pushing;
    }
    await this.end(text);
  }

  /** The source's next item; nothing when Rust wants no more first. */
  #pull(iterator: AsyncIterator<unknown> | Iterator<unknown>): Promise<IteratorResult<unknown> | undefined> {
    return new Promise((resolve, reject) => {
      this.#stopPull = () => resolve(undefined);
      Promise.resolve(iterator.next()).then(resolve, reject);
    });
  }

  /** Rust wants no more. */
  #close(): void {
    this.#isClosed = true;
    this.#stopPull();
  }

  /** One push at a time, so that items keep their order. */
  #push(): void {
    if (this.#pushing !== undefined || this.#isClosed || this.#buffer.length === 0) return;
    const items = this.#buffer;
    this.#buffer = [];
    this.#pushing = this.#send(pack(items)).then(() => {
      this.#pushing = undefined;
      this.#push();
    });
  }

  async #send(items: Uint8Array): Promise<void> {
    try {
      const payload = Buffer.concat([this.#number, items]);
      const answer = (await this.#handle.call("$push", payload)) as Uint8Array;
      if (answer[0] === 1) this.#close();
    } catch {
      this.#close(); // the extension, or its runtime, is gone
    }
  }

  /** The call has been answered: whether Rust still wants items, only Rust knows. */
  settled(): void {
    if (!this.#isClosed) void this.#send(NO_ITEMS);
  }

  /** Tells Rust that no more comes, with the text of the error if that is why. */
  async end(text = ""): Promise<void> {
    const payload = Buffer.concat([this.#number, Buffer.from(text)]);
    await this.#handle.call("$close", payload).catch(() => {});
  }
}

/** Opens a stream into Rust for each source, and makes the call with their numbers. */
export async function callFed(
  handle: ExtensionHandle,
  sources: readonly Items[],
  call: (...numbers: number[]) => Promise<unknown>,
): Promise<unknown> {
  const feeds: Feed[] = [];
  try {
    for (const source of sources) feeds.push(await Feed.open(handle, source));
  } catch (error) {
    for (const feed of feeds) await feed.end();
    throw error;
  }
  const answer = call(...feeds.map(({ number }) => number));
  for (const feed of feeds) void feed.run();
  try {
    return await answer;
  } finally {
    for (const feed of feeds) feed.settled();
  }
}
