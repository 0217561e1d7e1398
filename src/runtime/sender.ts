/**
 * Sends requests: slots, the queue before them, batches, long payloads, cancels.
 *
 * On a call's path: `extension` comes here; `pending-calls` gives a slot; `request-ring` writes it; `receiver` takes
 * the outcome.
 *
 * ```text
 *   short payload   a slot, the entry
 *   longer          a slot and byte space, the entry          without them: in line, first in, first out
 *   over 512 KiB    a slot, then cell after cell, the entry   one at a time, passed by all others
 * ```
 */
import { FerruleError } from "../core/errors.ts";
import { CancelBoard } from "../ring/cancel.ts";
import { CellWriter, REQUEST_CELLS } from "../ring/cell-ring.ts";
import { Doorbell } from "../ring/doorbell.ts";
import type { Header } from "../ring/header.ts";
import * as layout from "../ring/layout.generated.ts";
import { NO_DEADLINE, RequestRing } from "../ring/request-ring.ts";
import type { Words } from "../ring/words.ts";
import { type CallTarget, Pace } from "./call-target.ts";
import { withPrefix } from "./outcome.ts";
import { PendingCalls, type PendingSlot, RANK_ANSWER, RANK_COUNT, type Rank, rejectPlain } from "./pending-calls.ts";
import type { PendingRequest, RequestHost } from "./request.ts";
import { WaitingLines } from "./waiting-lines.ts";

/** Requests written before the batch is published without waiting for the end of the microtask. */
const BATCH_MAX = 32;
/** A payload from this length on is published at once: copying it out takes longer than publishing. */
const EARLY_MIN = 16 * 1_024;
/** One call in so many is timed; a power of two. */
const SAMPLE = 64;

export interface SenderOptions {
  readonly whenFull: "wait" | "reject";
  readonly waitingMax: number;
  /** Rings Rust's bell. */
  readonly wake: () => void;
  /** Something was sent, or waits: look for what comes. */
  readonly onSent: () => void;
}

const NOTHING = new Uint8Array(0);

let claimed: PendingSlot;
/** One executor for every promise: a closure for each would be one allocation more. */
function keepResolve(resolve: (value: unknown) => void): void {
  claimed.resolve = resolve;
}

export class Sender implements RequestHost {
  readonly pending: PendingCalls;
  /** Of lifecycle requests. */
  readonly steps = new Pace();
  readonly rustBell: Doorbell;
  readonly cancels: CancelBoard;
  readonly #options: SenderOptions;
  readonly #requests: RequestRing;
  readonly #cells: CellWriter;
  readonly #payloadMax: number;
  readonly #heldMax: number;
  /** Requests without a slot or space. */
  readonly #lines = new WaitingLines();
  /** Long payloads that have a slot, and are not all written. The first is on its way. */
  #long: PendingRequest[] = [];
  /** Bytes of payloads whose calls are not settled, by rank. */
  readonly #held: number[] = new Array<number>(RANK_COUNT).fill(0);
  /** The last batch was of one request, with nothing else in flight: the next one is likely to be, too. */
  #isLone = false;
  #refusal: FerruleError | undefined;
  #over: FerruleError | undefined;
  /** Calls take the long way: refused, or others wait. */
  #isBlocked = false;
  /** Settled early, and their completion still to come: nobody waits for them. */
  outstanding = 0;
  /** Calls in flight that are expected within microseconds, sent since this side slept last. */
  quick = 0;
  /** A turn is coming that sees what was sent. */
  isWatched = false;
  /** Rust was woken, and has not answered since: until it runs, looking may keep the core from it that it waits for. */
  isWaking = false;
  /** How often this side has slept. */
  parks = 0;
  calls = 0;
  batches = 0;
  wakes = 0;
  wakesSpared = 0;
  fullWaits = 0;
  abandonedCount = 0;
  bytesSent = 0;
  bytesCopiedToWait = 0;

  constructor(words: Words, header: Header, options: SenderOptions) {
    this.#options = options;
    this.#payloadMax = header.payloadMax;
    this.#heldMax = header.heldMax;
    this.pending = new PendingCalls(header.generation);
    this.#requests = new RequestRing(words, header.cursor, header.byteCursor);
    this.#cells = new CellWriter(words, REQUEST_CELLS, header.cursor);
    this.cancels = new CancelBoard(words);
    this.rustBell = new Doorbell(words, layout.OFFSET_RUST_PARKED);
  }

  /** This side sleeps: what it slept over was not quick. */
  sleeps(parks: number): void {
    this.parks = parks;
    this.quick = 0;
  }

  /** Requests in the queue. */
  get waiting(): number {
    return this.#lines.count;
  }

  /** Something waits for what only Rust can free. */
  get needsSpace(): boolean {
    return this.waiting > 0 || this.#long.length > 0;
  }

  get held(): number {
    return this.#held.reduce((sum, each) => sum + each, 0);
  }

  /** Requests that Rust has not taken, as it last said: for the safety timer. */
  get untaken(): number {
    return this.#requests.untaken;
  }

  /**
   * The short way of a call without a signal, a deadline or a buffer: nothing is made but its promise.
   * @returns undefined when it cannot be sent now: the long way says why, or waits
   */
  tryCall(target: CallTarget, payload: Uint8Array): Promise<unknown> | undefined {
    const length = payload.length;
    if (this.#isBlocked || (length > layout.REQUEST_INLINE_MAX && !this.#fitsInOnePiece(length))) return undefined;
    const slot = this.pending.claim(0);
    if (slot === undefined) return undefined;
    claimed = slot;
    const promise = new Promise<unknown>(keepResolve);
    this.#note(slot, target, length);
    this.#requests.write(slot.index, slot.generation, target, NO_DEADLINE, payload);
    this.#wrote(length);
    return promise;
  }

  #fitsInOnePiece(length: number): boolean {
    return length <= this.#requests.pieceMax && this.#mayHold(0, length) && this.#requests.hasSpace(length);
  }

  #mayHold(rank: Rank, length: number): boolean {
    const held = this.#held[rank]!;
    return held + length <= this.#heldMax || held === 0;
  }

  #note(slot: PendingSlot, target: CallTarget | undefined, length: number): void {
    slot.target = target;
    slot.held = length;
    this.#held[slot.rank]! += length;
    this.bytesSent += length;
    const calls = this.calls++;
    slot.since = (calls & (SAMPLE - 1)) === 0 ? performance.now() : 0;
    slot.isQuick = (target ?? this.steps).expectsQuick();
    if (slot.isQuick) this.quick++;
    slot.parks = this.parks;
  }

  #wrote(length: number): void {
    const { unpublished } = this.#requests;
    if (unpublished >= BATCH_MAX || length >= EARLY_MIN || (this.#isLone && this.pending.count === 1)) this.publish();
    if (!this.isWatched) this.#options.onSent();
  }

  /** Takes a request on. It settles through its own handlers, whatever comes. */
  submit(request: PendingRequest): void {
    const refusal = this.#over ?? (request.isCall ? this.#refusal : undefined);
    if (refusal !== undefined) {
      request.fail(refusal);
      return;
    }
    if (request.length > this.#payloadMax) {
      const text = `payload of ${request.length} bytes, at most ${this.#payloadMax}`;
      request.fail(new FerruleError("PAYLOAD_TOO_LARGE", text, { permanent: true }));
      return;
    }
    if (!this.#lines.holdsUp(request.rank) && this.#isFree(request) && this.#hasSpace(request)) {
      this.#send(request);
      return;
    }
    if (request.isCall) {
      const { whenFull, waitingMax } = this.#options;
      if (whenFull === "reject" || this.#lines.calls >= waitingMax) {
        const queue = whenFull === "reject" ? "" : ` and ${waitingMax} calls wait for one`;
        const text = `the ring is full: ${this.pending.count} calls are in flight${queue}`;
        request.fail(new FerruleError("RING_FULL", text, { retryable: true }));
        return;
      }
    }
    this.fullWaits++;
    request.state = "waiting";
    this.#keep(request, request.payload);
    this.#lines.of(request.rank).push(request);
    this.#isBlocked = true;
    this.#options.onSent();
  }

  /** A copy of what waits, unless it is lent (a Buffer's `slice` is none): its owner may change it before its turn. */
  #keep(request: PendingRequest, rest: Uint8Array): void {
    if (request.isLent) {
      request.payload = rest;
      return;
    }
    request.payload = new Uint8Array(rest);
    this.bytesCopiedToWait += rest.length;
  }

  /** Whether there is a slot, and no bytes that have to be settled first. Only calls wait for those. */
  readonly #isFree = ({ rank, isCall, length }: PendingRequest): boolean =>
    this.pending.hasFree(rank) && (!isCall || this.#mayHold(rank, length));

  readonly #hasSpace = ({ length }: PendingRequest): boolean =>
    length > this.#requests.pieceMax || this.#requests.hasSpace(length);

  #send(request: PendingRequest): void {
    const slot = this.pending.claim(request.rank);
    if (slot === undefined) throw new Error("isFree() has found a slot");
    slot.request = request;
    request.slot = slot;
    // A shutdown whose caller has gone is sent all the same.
    if (request.state === "settled") this.outstanding++;
    else request.state = "sent";
    this.#note(slot, request.callTarget, request.length);
    if (request.length > this.#requests.pieceMax) {
      this.#long.push(request);
      this.#writeCells();
      if (!request.isWritten) this.#keep(request, request.payload);
      this.#options.onSent();
      return;
    }
    this.#requests.write(slot.index, slot.generation, request.target, request, request.payload);
    request.isWritten = true;
    request.payload = NOTHING;
    this.#wrote(request.length);
  }

  /** Writes fragments of long payloads, as far as there are cells. Returns how many. */
  #writeCells(): number {
    let written = 0;
    for (let request = this.#long[0]; request !== undefined; request = this.#long[0]) {
      const { slot, length } = request;
      if (slot === undefined) throw new Error("what is in line here has a slot");
      while (request.payload.length > 0 && this.#cells.hasSpace) {
        const rest = request.payload;
        const took = this.#cells.write(slot.index, slot.generation, length, length - rest.length, rest);
        request.payload = rest.subarray(took);
        written++;
        this.publish(); // Rust copies it out while the next one is written
      }
      if (request.payload.length > 0) break;
      this.#long.shift();
      this.#requests.writeAfterCells(slot.index, slot.generation, request.target, request, length);
      request.isWritten = true;
      request.payload = NOTHING;
    }
    if (written > 0) this.publish();
    return written;
  }

  /** One store for everything written, and one ring at most. */
  publish(): void {
    const { unpublished } = this.#requests;
    const cells = this.#cells.publish(); // before the entries that speak of them
    if (!this.#requests.publish() && !cells) return;
    this.batches++;
    this.#isLone = unpublished === 1 && this.pending.count === 1;
    this.ringRust(this.rustBell.afterPublish());
  }

  ringRust(ring: boolean): void {
    if (!ring) {
      this.wakesSpared++;
      return;
    }
    this.wakes++;
    this.isWaking = true;
    this.#options.wake();
  }

  /** A request was settled before its completion. Its slot stays taken until that comes: Rust may still be using it. */
  abandoned(request: PendingRequest): void {
    if (this.#over !== undefined) return;
    this.abandonedCount++;
    const { slot } = request;
    if (slot === undefined) {
      if (!request.isDropped) return; // a shutdown, which keeps its place
      request.payload = NOTHING;
      this.#lines.of(request.rank).settledOne();
      this.#updateBlocked();
      return;
    }
    if (!request.isWritten) {
      // Rust has seen fragments at most, which the next long payload replaces.
      this.#long = this.#long.filter((other) => other !== request);
      request.payload = NOTHING;
      slot.request = undefined; // no completion will come to say so, and a plain call may have the slot next
      this.freed(slot);
      this.#options.onSent();
      return;
    }
    this.outstanding++;
    this.publish(); // the request must be there before its cancel
    this.cancels.request(slot.index, slot.generation);
    this.ringRust(this.rustBell.afterPublish());
    this.#options.onSent(); // what holds the event loop is looked at anew
  }

  /** A slot's request is over. */
  freed(slot: PendingSlot): void {
    this.#held[slot.rank]! -= slot.held;
    if (slot.isQuick && slot.parks === this.parks) this.quick--;
    slot.isQuick = false;
    this.pending.release(slot);
  }

  /** Whether there is anything that could go now. */
  get hasReason(): boolean {
    if (this.#requests.unpublished > 0 || (this.#long.length > 0 && this.#cells.hasSpace)) return true;
    return this.#nextWaiting() !== undefined;
  }

  #nextWaiting(): PendingRequest | undefined {
    return this.#lines.next(this.#isFree, this.#hasSpace);
  }

  /** Sends what waited, as far as there is space. Returns how much that was. */
  sendWaiting(): number {
    if (this.waiting === 0 && this.#long.length === 0) return 0;
    let sent = this.#writeCells();
    for (let next = this.#nextWaiting(); next !== undefined; next = this.#nextWaiting()) {
      this.#lines.of(next.rank).shift();
      this.#send(next);
      sent++;
    }
    this.#updateBlocked();
    return sent;
  }

  #updateBlocked(): void {
    const refused = this.#over !== undefined || this.#refusal !== undefined;
    this.#isBlocked = refused || this.#lines.holdsUp(0);
  }

  /** What was sent may finish, what waits or comes is refused. Lifecycle requests and answers may still come. */
  refuseCalls(error: FerruleError): void {
    this.#refusal = error;
    this.#updateBlocked();
    this.publish();
    this.#rejectWaiting(error, RANK_ANSWER); // somebody in Rust waits for those, and may
  }

  #rejectWaiting(error: FerruleError, kept?: Rank): void {
    for (const request of this.#lines.clear(kept)) {
      if (request.state === "waiting") request.state = "new"; // it waits nowhere: there is no place to give back
      request.fail(error);
    }
  }

  /** Everything that is pending, and everything that comes, is rejected with one reason. */
  end(error: FerruleError): void {
    this.#over = error;
    this.#updateBlocked();
    this.#rejectWaiting(error);
    this.#long = [];
    for (const slot of this.pending.taken()) {
      if (slot.request !== undefined) slot.request.fail(error);
      else rejectPlain(slot, callError(error, slot.target));
    }
  }
}

/** Names the component that a lane's end concerns, as every call's error does. */
function callError(error: FerruleError, target: CallTarget | undefined): unknown {
  return target === undefined ? error : withPrefix(error, "", target.componentId, target.info.name);
}
