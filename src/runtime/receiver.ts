/**
 * Takes what Rust sends: completions, the long results before them, events.
 *
 * On a call's path: `completion-ring` comes before; the caller's promise after.
 */
import { type Allocate, CellReader, COMPLETION_CELLS } from "../ring/cell-ring.ts";
import { CompletionRing, statusOf } from "../ring/completion-ring.ts";
import { EventRing } from "../ring/event-ring.ts";
import type { Header } from "../ring/header.ts";
import * as layout from "../ring/layout.generated.ts";
import { NO_BYTES, privateBytes } from "../ring/private-bytes.ts";
import { violation } from "../ring/violation.ts";
import type { Words } from "../ring/words.ts";
import type { CallTarget } from "./call-target.ts";
import { decode } from "./codec.ts";
import type { Histogram } from "./histogram.ts";
import { outcomeError, unreadable, withPrefix } from "./outcome.ts";
import { nothing, type PendingSlot, rejectPlain } from "./pending-calls.ts";
import type { Outcome } from "./request.ts";
import type { Sender } from "./sender.ts";

/** Taking a fragment takes as long as settling so many calls: what is bounded is how long others have to wait. */
const FRAGMENT_WEIGHT = 64;

export interface ReceiverOptions {
  /** Hears each event, in order. */
  readonly onEvent: (kind: number, payload: Uint8Array) => void;
  readonly latency: Histogram;
}

export class Receiver {
  readonly #plain: Uint32Array;
  readonly #sender: Sender;
  readonly #options: ReceiverOptions;
  readonly #completions: CompletionRing;
  readonly #cells: CellReader;
  readonly #events: EventRing;
  #isOver = false;
  settled = 0;
  bytesReceived = 0;

  constructor(words: Words, header: Header, sender: Sender, options: ReceiverOptions) {
    this.#plain = words.plain;
    this.#sender = sender;
    this.#options = options;
    this.#completions = new CompletionRing(words, header.cursor, header.byteCursor);
    this.#events = new EventRing(words, header.cursor, header.byteCursor);
    const allocate: Allocate = (slot, generation, total, present) => {
      const found = sender.pending.find(slot, generation);
      if (found === undefined) throw violation(`completion cells: no request is pending in slot ${slot}`);
      if (present === undefined) return place(found, total) ?? privateBytes(total);
      // What an aborted call has come so far is lost with it.
      const isTheirs = found.request?.into?.buffer === present.buffer;
      return isTheirs && found.request?.state === "settled" ? privateBytes(total) : present;
    };
    this.#cells = new CellReader(words, COMPLETION_CELLS, header.cursor, header.payloadMax, allocate);
  }

  get hasCompletions(): boolean {
    return this.#completions.hasMore;
  }

  get hasMore(): boolean {
    return this.#completions.hasMore || this.#cells.hasMore || this.#events.hasMore;
  }

  /** The lane is over: nothing more is taken, not even in the middle of what is being taken. */
  stop(): void {
    this.#isOver = true;
  }

  /**
   * Takes completions, with the events and fragments that come before each.
   * @param bytesMax no further one is taken after so many bytes: what they stood in can be given back then
   * @returns how many there were
   * @throws {ProtocolError} when what Rust wrote cannot be
   */
  takeCompletions(bytesMax: number): number {
    let found = 0;
    const bytesEnd = this.bytesReceived + bytesMax;
    const plain = this.#plain;
    while (!this.#isOver && this.bytesReceived < bytesEnd) {
      const at = this.#completions.take();
      if (at < 0) break;
      found++;
      // What was said before the outcome comes before it: a start's statuses, a call's log records.
      const eventTail = plain[at + layout.WORD_COMPLETION_EVENT_TAIL]!;
      if (eventTail !== this.#events.head) this.#takeEventsUpTo(eventTail);
      const index = plain[at + layout.WORD_COMPLETION_SLOT]!;
      const generation = plain[at + layout.WORD_COMPLETION_GENERATION]!;
      const slot = this.#sender.pending.find(index, generation);
      if (slot === undefined) {
        throw violation(`completion ring: no request is pending in slot ${index} with generation ${generation}`);
      }
      const tag = plain[at + layout.WORD_TAG]!;
      const length = plain[at + layout.WORD_LENGTH]!;
      this.#settle(slot, at, tag, length);
    }
    this.settled += found;
    if (found > 0) this.#sender.isWaking = false;
    return found;
  }

  /** Takes fragments and events that no completion waits for. Returns how many; a fragment counts for several. */
  takeOthers(): number {
    let found = this.#isOver ? 0 : this.#cells.take() * FRAGMENT_WEIGHT;
    while (!this.#isOver && this.#events.take()) {
      found++;
      this.#options.onEvent(this.#events.kind, this.#events.payload);
    }
    return found;
  }

  /** Gives what was taken back. True when Rust may wait for it. */
  release(): boolean {
    const completions = this.#completions.release();
    const cells = this.#cells.release();
    return this.#events.release() || completions || cells;
  }

  #settle(slot: PendingSlot, at: number, tag: number, length: number): void {
    const payload = length === 0 ? NO_BYTES : this.#takePayload(slot, at, tag, length);
    const status = statusOf(tag);
    const { request, target } = slot;
    this.#sender.freed(slot);
    if (slot.since > 0) this.#options.latency.add(performance.now() - slot.since);
    (target ?? this.#sender.steps).answered((tag & layout.FLAG_FIRST_POLL) !== 0, slot.parks !== this.#sender.parks);
    if (request !== undefined) {
      slot.request = undefined;
      if (request.state === "settled") {
        this.#sender.outstanding--;
        this.#sender.cancels.clear(slot.index);
      }
      request.complete({ status, payload });
      return;
    }
    if (target === undefined) throw new Error("a plain call has a target");
    if (status === layout.STATUS_OK && target.isBytes) {
      const { resolve } = slot;
      slot.resolve = nothing;
      resolve(payload);
    } else {
      settleOther(slot, target, { status, payload });
    }
  }

  #takePayload(slot: PendingSlot, at: number, tag: number, length: number): Uint8Array {
    this.bytesReceived += length;
    if ((tag & layout.FLAG_CELLS) !== 0) {
      this.#cells.take(); // they were published before the entry that speaks of them
      return this.#cells.finish(slot.index, slot.generation, length);
    }
    const into = slot.request === undefined ? shortPlace(slot, length) : place(slot, length);
    return this.#completions.payload(at, tag, length, into);
  }

  #takeEventsUpTo(tail: number): void {
    // Events taken since may have gone past it: Rust publishes them before the completions that name them.
    for (let ahead = (tail - this.#events.head) >>> 0; ahead > 0 && ahead <= layout.ENTRY_COUNT; ahead--) {
      if (!this.#events.take()) throw violation(`event ring: a completion names tail ${tail}, which is not there`);
      this.#options.onEvent(this.#events.kind, this.#events.payload);
    }
  }
}

/** Where a result of this length goes: the caller's buffer, if the request brought one that it fits into. */
function place({ request }: PendingSlot, length: number): Uint8Array | undefined {
  const into = request?.state === "settled" ? undefined : request?.into; // its owner has it back
  return into !== undefined && length > 0 && length <= into.length ? into.subarray(0, length) : undefined;
}

/** Results up to this long that are decoded at once need no memory of their own. */
const SHORT_MAX = 32;
const shortBytes = new Uint8Array(SHORT_MAX);
const shortViews = Array.from({ length: SHORT_MAX + 1 }, (_, length) => shortBytes.subarray(0, length));

/** Where the short result of a plain call goes that nobody sees as bytes: the next one comes after it was decoded. */
function shortPlace({ target }: PendingSlot, length: number): Uint8Array | undefined {
  return target === undefined || target.isBytes ? undefined : shortViews[length];
}

/** A plain call that failed, or that has a value to be decoded. */
function settleOther(slot: PendingSlot, target: CallTarget, outcome: Outcome): void {
  let value: unknown;
  try {
    if (outcome.status !== layout.STATUS_OK)
      throw outcomeError(outcome, target.componentId, undefined, target.info.name);
    value = target.result(decode(target.info, outcome.payload));
  } catch (error) {
    rejectPlain(slot, target.error(withPrefix(unreadable(error), "", target.componentId, target.info.name)));
    return;
  }
  const { resolve } = slot;
  slot.resolve = nothing;
  resolve(value);
}
