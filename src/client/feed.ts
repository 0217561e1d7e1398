/**
 * Arguments that Rust takes items from: an iterable is pulled once Rust asks, sixteen items ahead at most, and told to
 * return when Rust wants no more, or the call fails.
 */
import { FerruleError, messageOf } from "../core/errors.ts";
import { pack } from "../runtime/codec.ts";
import { RuntimeExtension } from "../runtime/extension.ts";
import { IS_LAST, type IterableSource, type Iterables } from "../runtime/iterables.ts";
import type { ExtensionHandle } from "../runtime/types.ts";
import { widen } from "./values.ts";

type Items = AsyncIterable<unknown> | Iterable<unknown>;

/** Items that are pulled ahead of Rust, and bytes of items. */
const WINDOW = 16;
const BYTES_MAX = 128 * 1_024;
/** Whether these are the last, and how many there are. */
const HEAD = 4;

class Feed implements IterableSource {
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>;
  readonly #payloadMax: number;
  /** Each as MessagePack. */
  #items: Uint8Array[] = [];
  #bytes = 0;
  #count = 0;
  #isRunning = false;
  /** The source has no more, or is told to return. */
  #isOver = false;
  #failure: FerruleError | undefined;
  /** Whoever waits for an item, or for the end. */
  #changed: () => void = nothing;

  /** @throws what the source throws when it is asked for its iterator */
  constructor(source: Items, payloadMax: number) {
    const from = source as AsyncIterable<unknown> & Iterable<unknown>;
    this.#iterator = from[Symbol.asyncIterator]?.() ?? from[Symbol.iterator]();
    this.#payloadMax = payloadMax;
  }

  async pull(): Promise<Uint8Array> {
    while (this.#items.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isOver) break;
      const changed = new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
      this.#run();
      await changed;
    }
    const answer = this.#take();
    this.#run();
    return answer;
  }

  /** What is there, as far as it fits into one answer. */
  #take(): Uint8Array {
    let length = HEAD;
    let count = 0;
    for (const item of this.#items) {
      if (count > 0 && length + item.length > this.#payloadMax) break;
      length += item.length;
      count++;
    }
    const items = this.#items.splice(0, count);
    this.#bytes -= length - HEAD;
    const isLast = this.#isOver && this.#failure === undefined && this.#items.length === 0;
    return Buffer.concat([Uint8Array.of(isLast ? IS_LAST : 0, 0xdc, 0, count), ...items], length);
  }

  get #hasRoom(): boolean {
    return this.#items.length < WINDOW && this.#bytes < BYTES_MAX && !this.#isOver;
  }

  /** Pulls as long as there is room. One of these runs at a time. */
  #run(): void {
    if (this.#isRunning || !this.#hasRoom) return;
    this.#isRunning = true;
    void this.#fill().then(() => {
      this.#isRunning = false;
      this.#changed();
    });
  }

  /** Never rejects. */
  async #fill(): Promise<void> {
    while (this.#hasRoom) {
      let pulled: IteratorResult<unknown>;
      try {
        pulled = await this.#iterator.next();
      } catch (error) {
        this.#fail(sourceFailed(error));
        return;
      }
      if (this.#isOver) return; // it was closed meanwhile
      if (pulled?.done === true) {
        this.#isOver = true;
        return;
      }
      try {
        this.#add(pulled.value);
      } catch (error) {
        this.#fail(error as FerruleError);
        this.#return();
        return;
      }
      this.#changed();
    }
  }

  /** @throws {FerruleError} `INVALID_ARGUMENT`, `PAYLOAD_TOO_LARGE` */
  #add(value: unknown): void {
    const index = this.#count++;
    let item: Uint8Array;
    try {
      item = pack(widen(value));
    } catch (cause) {
      const text = `item ${index} cannot be encoded: ${messageOf(cause)}`;
      throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true, cause });
    }
    if (item.length + HEAD > this.#payloadMax) {
      const text = `item ${index} has ${item.length} bytes, at most ${this.#payloadMax - HEAD}`;
      throw new FerruleError("PAYLOAD_TOO_LARGE", text, { permanent: true });
    }
    this.#items.push(item);
    this.#bytes += item.length;
  }

  #fail(error: FerruleError): void {
    this.#isOver = true;
    this.#failure ??= error;
  }

  close(): void {
    if (this.#isOver) return;
    this.#fail(new FerruleError("ABORTED", "nobody wants more of the iterable"));
    this.#items = [];
    this.#return();
    this.#changed();
  }

  /** A generator that waits for something hears of it only after that: nobody waits for its answer. */
  #return(): void {
    try {
      Promise.resolve(this.#iterator.return?.()).catch(nothing);
    } catch {
      // What it throws now has no reader.
    }
  }
}

function nothing(): void {}

function sourceFailed(error: unknown): FerruleError {
  const cause = error instanceof Error ? error.cause : undefined;
  return new FerruleError("SOURCE_FAILED", messageOf(error) || "the source failed", { cause });
}

function isIterable(source: unknown): source is Items {
  const from = source as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  return typeof from?.[Symbol.asyncIterator] === "function" || typeof from?.[Symbol.iterator] === "function";
}

/** Makes a call with the numbers under which Rust asks the sources for items. */
export async function callFed(
  handle: ExtensionHandle,
  sources: readonly Items[],
  call: (...numbers: number[]) => Promise<unknown>,
): Promise<unknown> {
  const iterables = iterablesOf(handle);
  const numbers: number[] = [];
  try {
    for (const source of sources) {
      if (!isIterable(source)) {
        const text = `Rust takes items from an iterable or async iterable, got ${messageOf(source)}`;
        throw new FerruleError("INVALID_ARGUMENT", text, { componentId: handle.id, permanent: true });
      }
      numbers.push(iterables.add(new Feed(source, iterables.payloadMax)));
    }
    // When it is answered, Rust says for each when nobody wants more of it: it may have kept one.
    return await call(...numbers);
  } catch (error) {
    for (const number of numbers) iterables.close(number);
    throw error;
  }
}

/** @throws {FerruleError} `INVALID_STATE` on a thread that did not start the instance, which Rust asks for items */
function iterablesOf(handle: ExtensionHandle): Iterables {
  const iterables = handle instanceof RuntimeExtension ? handle.iterables : undefined;
  if (iterables !== undefined) return iterables;
  const text = `extension ${handle.id} was started by another thread: only that one can pass iterables to it`;
  throw new FerruleError("INVALID_STATE", text, { componentId: handle.id, permanent: true });
}
