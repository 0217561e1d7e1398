/**
 * Takes what Rust sends: completions, the long results before them, events.
 *
 * On a call's path: `completion-ring` comes before; the caller's promise after.
 */
import { CellReader, COMPLETION_CELLS } from "../ring/cell-ring.ts";
import { CompletionRing } from "../ring/completion-ring.ts";
import { EventRing } from "../ring/event-ring.ts";
import type { Header } from "../ring/header.ts";
import * as layout from "../ring/layout.generated.ts";
import { privateBytes } from "../ring/private-bytes.ts";
import { violation } from "../ring/violation.ts";
import type { Words } from "../ring/words.ts";
import { decode } from "./codec.ts";
import type { Histogram } from "./histogram.ts";
import { outcomeError, unreadable, withPrefix } from "./outcome.ts";
import type { PendingSlot } from "./pending-calls.ts";
import type { Sender } from "./sender.ts";

export interface ReceiverOptions {
  /** Hears each event, in order. */
  readonly onEvent: (kind: number, payload: Uint8Array) => void;
  readonly latency: Histogram;
}

export class Receiver {
  readonly #sender: Sender;
  readonly #options: ReceiverOptions;
  readonly #completions: CompletionRing;
  readonly #cells: CellReader;
  readonly #events: EventRing;
  #isOver = false;
  settled = 0;
  bytesReceived = 0;

  constructor(words: Words, header: Header, sender: Sender, options: ReceiverOptions) {
    this.#sender = sender;
    this.#options = options;
    this.#completions = new CompletionRing(words, header.cursor, header.byteCursor);
    this.#events = new EventRing(words, header.cursor, header.byteCursor);
    const allocate = (slot: number, generation: number, total: number): Uint8Array => {
      const found = sender.pending.find(slot, generation);
      if (found === undefined) throw violation(`completion cells: no request is pending in slot ${slot}`);
      return place(found, total) ?? privateBytes(total);
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
   * @returns how many there were
   * @throws {ProtocolError} when what Rust wrote cannot be
   */
  takeCompletions(): number {
    let found = 0;
    while (!this.#isOver && this.#completions.take()) {
      found++;
      this.#settleOne();
    }
    return found;
  }

  /** Takes fragments and events that no completion waits for. Returns how many there were. */
  takeOthers(): number {
    let found = this.#isOver ? 0 : this.#cells.take();
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

  #settleOne(): void {
    const completions = this.#completions;
    const { status, firstPoll } = completions;
    // What was said before the outcome comes before it: a start's statuses, a call's log records.
    if (completions.eventTail !== this.#events.head) this.#takeEventsUpTo(completions.eventTail);
    const slot = this.#sender.pending.find(completions.slot, completions.generation);
    if (slot === undefined) {
      const claimed = `slot ${completions.slot} with generation ${completions.generation}`;
      throw violation(`completion ring: no request is pending in ${claimed}`);
    }
    const payload = this.#takePayload(slot);
    const { request, target } = slot;
    this.#sender.freed(slot);
    this.settled++;
    if (slot.since > 0) this.#options.latency.add(performance.now() - slot.since);
    target?.answered(firstPoll, slot.parks !== this.#sender.parks);
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
    const { resolve, reject } = slot;
    slot.resolve = nothing; // or the slot would keep the result alive
    slot.reject = nothing;
    if (status !== layout.STATUS_OK) {
      reject(failure({ status, payload }, target.componentId));
    } else if (target.isBytes) {
      resolve(payload);
    } else {
      try {
        resolve(decode(target.info, payload));
      } catch (error) {
        reject(withPrefix(error, "", target.componentId));
      }
    }
  }

  #takePayload(slot: PendingSlot): Uint8Array {
    const completions = this.#completions;
    const { length } = completions;
    this.bytesReceived += length;
    if (completions.isInCells) {
      this.#cells.take(); // they were published before the entry that speaks of them
      return this.#cells.finish(completions.slot, completions.generation, length);
    }
    return completions.payload(slot.request === undefined ? undefined : place(slot, length));
  }

  #takeEventsUpTo(tail: number): void {
    // Events taken since may have gone past it: Rust publishes them before the completions that name them.
    for (let ahead = (tail - this.#events.head) >>> 0; ahead > 0 && ahead <= layout.ENTRY_COUNT; ahead--) {
      if (!this.#events.take()) throw violation(`event ring: a completion names tail ${tail}, which is not there`);
      this.#options.onEvent(this.#events.kind, this.#events.payload);
    }
  }
}

function nothing(): void {}

/** Where a result of this length goes: the caller's buffer, if the request brought one that it fits into. */
function place({ request }: PendingSlot, length: number): Uint8Array | undefined {
  const into = request?.state === "settled" ? undefined : request?.into; // its owner has it back
  return into !== undefined && length > 0 && length <= into.length ? into.subarray(0, length) : undefined;
}

function failure(outcome: { status: number; payload: Uint8Array }, componentId: string): unknown {
  try {
    return outcomeError(outcome, componentId);
  } catch (error) {
    return unreadable(error);
  }
}
