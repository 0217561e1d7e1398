/**
 * Carries requests through one lane: slots, the queue before them, batches, completions, events.
 *
 * On a call's path: `extension` makes a request and comes here; `pending-calls` gives it a slot; `request-ring`
 * writes it; `completion-ring` brings the outcome back here.
 */
import { FerruleError, messageOf, ProtocolError } from "../core/errors.ts";
import { CancelBoard } from "../ring/cancel.ts";
import { CompletionRing } from "../ring/completion-ring.ts";
import { Doorbell } from "../ring/doorbell.ts";
import { EventRing } from "../ring/event-ring.ts";
import type { First } from "../ring/header.ts";
import * as layout from "../ring/layout.generated.ts";
import { RequestRing } from "../ring/request-ring.ts";
import { violation } from "../ring/violation.ts";
import type { Words } from "../ring/words.ts";
import { PendingCalls } from "./pending-calls.ts";
import { WaitingQueue } from "./queue.ts";
import type { PendingRequest, RequestHost } from "./request.ts";
import { SafetyTimer } from "./safety-timer.ts";
import { Waiter, type WaiterHost } from "./waiter.ts";

/** Requests written before the batch is published without waiting for the end of the microtask. */
const BATCH_MAX = 32;

export interface EngineOptions {
  readonly whenFull: "wait" | "reject";
  readonly waitingMax: number;
  /** Rings Rust's bell. */
  readonly wake: () => void;
  /** Hears each event, in order. */
  readonly onEvent: (kind: number, payload: Uint8Array) => void;
  /** The event loop must be held now, or no longer. */
  readonly onHold: (held: boolean) => void;
  /** The protocol was broken: the lane is over. */
  readonly onFault: (error: ProtocolError) => void;
}

const resolved = Promise.resolve();

export class Engine implements RequestHost, WaiterHost {
  readonly #options: EngineOptions;
  readonly #pending: PendingCalls<PendingRequest>;
  readonly #requests: RequestRing;
  readonly #completions: CompletionRing;
  readonly #events: EventRing;
  readonly #cancels: CancelBoard;
  readonly #rustBell: Doorbell;
  readonly #waiter: Waiter;
  readonly #safety: SafetyTimer;
  /** Requests without a slot or space. Lifecycle requests pass calls. */
  readonly #waitingLifecycle = new WaitingQueue<PendingRequest>();
  readonly #waitingCalls = new WaitingQueue<PendingRequest>();
  #flushScheduled = false;
  #draining = false;
  /** Settled early, and their completion still to come: nobody waits for them. */
  #outstanding = 0;
  /** Calls in flight of methods that were ready at their first poll last time, or were never called. */
  #quick = 0;
  readonly #slowMethods = new Set<number>();
  #refusal: FerruleError | undefined;
  #over: FerruleError | undefined;
  readonly #counters = { calls: 0, settled: 0, abandoned: 0, wakes: 0, wakesSpared: 0, fullWaits: 0 };

  constructor(words: Words, first: First, options: EngineOptions) {
    this.#options = options;
    this.#pending = new PendingCalls(first.generation);
    this.#requests = new RequestRing(words, first.cursor, first.byteCursor);
    this.#completions = new CompletionRing(words, first.cursor, first.byteCursor);
    this.#events = new EventRing(words, first.cursor, first.byteCursor);
    this.#cancels = new CancelBoard(words);
    this.#rustBell = new Doorbell(words, layout.OFFSET_RUST_PARKED);
    const ownBell = new Doorbell(words, layout.OFFSET_TYPESCRIPT_PARKED);
    this.#waiter = new Waiter(this, ownBell);
    this.#safety = new SafetyTimer({
      isLost: () =>
        (this.#waiter.isAsleep && (this.#completions.hasMore || this.#events.hasMore)) ||
        (this.#rustBell.isParked && this.#requests.untaken > 0),
      onLost: () => {
        options.wake();
        this.#waiter.ring();
      },
    });
    this.#waiter.look(); // finds nothing, and falls asleep: from then on Rust rings for what it has to say
  }

  /** Bytes of the longest request. */
  get payloadMax(): number {
    return this.#requests.payloadMax;
  }

  get inFlight(): number {
    return this.#pending.count;
  }

  get expectsQuick(): boolean {
    return this.#quick > 0;
  }

  get needsSpace(): boolean {
    return this.#waitingCount > 0;
  }

  get #waitingCount(): number {
    return this.#waitingCalls.count + this.#waitingLifecycle.count;
  }

  /** Takes a request on. It settles through its own handlers, whatever comes. */
  submit(request: PendingRequest): void {
    const refusal = this.#over ?? (request.isLifecycle ? undefined : this.#refusal);
    if (refusal !== undefined) {
      request.fail(refusal);
      return;
    }
    if (request.payload.length > this.payloadMax) {
      const text = `payload of ${request.payload.length} bytes, at most ${this.payloadMax}`;
      request.fail(new FerruleError("PAYLOAD_TOO_LARGE", text, { permanent: true }));
      return;
    }
    if (this.#canSend(request)) {
      this.#send(request);
      return;
    }
    if (!request.isLifecycle) {
      const { whenFull, waitingMax } = this.#options;
      if (whenFull === "reject" || this.#waitingCalls.count >= waitingMax) {
        const queue = whenFull === "reject" ? "" : ` and ${waitingMax} calls wait for one`;
        const text = `the ring is full: ${this.inFlight} calls are in flight${queue}`;
        request.fail(new FerruleError("RING_FULL", text, { retryable: true }));
        return;
      }
    }
    this.#counters.fullWaits++;
    request.state = "waiting";
    // A copy (a Buffer's `slice` is none): its owner may change it before its turn comes.
    request.payload = new Uint8Array(request.payload);
    this.#queueOf(request).push(request);
    this.#scheduleFlush();
  }

  /** Whether nobody is before it, and there is a slot and space. */
  #canSend(request: PendingRequest): boolean {
    return this.#queueOf(request).count === 0 && this.#fits(request);
  }

  #queueOf(request: PendingRequest): WaitingQueue<PendingRequest> {
    return request.isLifecycle ? this.#waitingLifecycle : this.#waitingCalls;
  }

  #fits(request: PendingRequest): boolean {
    return this.#pending.hasFree(request.isLifecycle) && this.#requests.hasSpace(request.payload.length);
  }

  #send(request: PendingRequest): void {
    const slot = this.#pending.claim(request);
    request.slot = slot;
    request.generation = this.#pending.generation(slot);
    request.state = "sent";
    this.#requests.write(slot, request.generation, request, request.payload);
    request.payload = NOTHING;
    this.#counters.calls++;
    request.isQuick = !request.isLifecycle && !this.#slowMethods.has(methodKey(request));
    if (request.isQuick) this.#quick++;
    if (this.#requests.unpublished >= BATCH_MAX) this.#publish();
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    void resolved.then(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushScheduled = false;
    if (this.#over !== undefined) return;
    this.#publish();
    this.#waiter.look();
  };

  #publish(): void {
    if (this.#requests.publish()) this.#ringRust(this.#rustBell.afterPublish());
  }

  #ringRust(ring: boolean): void {
    if (ring) {
      this.#counters.wakes++;
      this.#options.wake();
    } else {
      this.#counters.wakesSpared++;
    }
  }

  /** A request was settled before its completion. Its slot stays taken until that comes: Rust may still be using it. */
  abandoned(request: PendingRequest): void {
    if (this.#over !== undefined) return;
    this.#counters.abandoned++;
    if (request.slot < 0) {
      request.payload = NOTHING;
      this.#queueOf(request).settledOne();
      return;
    }
    this.#outstanding++;
    this.#publish(); // the request must be there before its cancel
    this.#cancels.request(request.slot, request.generation);
    this.#ringRust(this.#rustBell.afterPublish());
    this.#scheduleFlush(); // what holds the event loop is looked at anew
  }

  hasReason(): boolean {
    if (this.#completions.hasMore || this.#events.hasMore || this.#requests.unpublished > 0) return true;
    const next = this.#nextWaiting();
    return next !== undefined && this.#fits(next);
  }

  drain(): number {
    if (this.#over !== undefined || this.#draining) return 0;
    this.#draining = true;
    try {
      return this.#drainAll();
    } catch (error) {
      this.#options.onFault(error instanceof ProtocolError ? error : violation(messageOf(error)));
      return 0;
    } finally {
      this.#draining = false;
    }
  }

  #drainAll(): number {
    let found = 0;
    while (this.#completions.take()) {
      found++;
      this.#settleOne();
      if (this.#over !== undefined) return found;
    }
    found += this.#drainEvents();
    if (this.#over !== undefined) return found;
    if (found > 0) {
      const freedCompletions = this.#completions.release();
      const freedEvents = this.#events.release();
      if (freedCompletions || freedEvents) {
        // Rust waits for this only when it is short of space.
        if (this.#rustBell.afterFree()) this.#ringRust(true);
      }
    }
    return this.#sendWaiting() + found;
  }

  #settleOne(): void {
    const completions = this.#completions;
    const { slot, generation, status, firstPoll, eventTail } = completions;
    // What was said before the outcome comes before it: a start's statuses, a call's log records.
    this.#takeEventsUpTo(eventTail);
    const payload = completions.payload();
    const request = this.#pending.release(slot, generation);
    if (request === undefined) {
      throw violation(`completion ring: no request is pending in slot ${slot} with generation ${generation}`);
    }
    if (request.isQuick) this.#quick--;
    if (!request.isLifecycle) {
      if (firstPoll) this.#slowMethods.delete(methodKey(request));
      else this.#slowMethods.add(methodKey(request));
    }
    if (request.state === "settled") {
      this.#outstanding--;
      this.#cancels.clear(slot);
    }
    this.#counters.settled++;
    request.complete({ status, payload });
  }

  #takeEventsUpTo(tail: number): void {
    // Events taken since may have gone past it: Rust publishes them before the completions that name them.
    for (let ahead = (tail - this.#events.head) >>> 0; ahead > 0 && ahead <= layout.ENTRY_COUNT; ahead--) {
      if (!this.#events.take()) throw violation(`event ring: a completion names tail ${tail}, which is not there`);
      this.#options.onEvent(this.#events.kind, this.#events.payload());
    }
  }

  #drainEvents(): number {
    let found = 0;
    while (this.#over === undefined && this.#events.take()) {
      found++;
      this.#options.onEvent(this.#events.kind, this.#events.payload());
    }
    return found;
  }

  #nextWaiting(): PendingRequest | undefined {
    const lifecycle = this.#waitingLifecycle.peek();
    return lifecycle !== undefined && this.#fits(lifecycle) ? lifecycle : (this.#waitingCalls.peek() ?? lifecycle);
  }

  #sendWaiting(): number {
    let sent = 0;
    for (let next = this.#nextWaiting(); next !== undefined && this.#fits(next); next = this.#nextWaiting()) {
      this.#queueOf(next).shift();
      this.#send(next);
      sent++;
    }
    return sent;
  }

  /** The bell rang. */
  ring(): void {
    this.#waiter.ring();
  }

  sleeping(asleep: boolean): void {
    const waits = asleep && (this.inFlight > this.#outstanding || this.#waitingCount > 0);
    this.#options.onHold(waits);
    if (waits) this.#safety.start();
    else this.#safety.stop();
  }

  /**
   * The runtime is closing: what was sent may finish, what waits or comes is refused. Lifecycle requests may still
   * come.
   */
  refuseCalls(error: FerruleError): void {
    this.#refusal = error;
    this.#publish();
    this.#rejectWaiting(error);
  }

  #rejectWaiting(error: FerruleError): void {
    for (const queue of [this.#waitingLifecycle, this.#waitingCalls]) {
      for (const request of queue.clear()) {
        request.state = "new"; // it waits nowhere any more: there is no place to give back
        request.fail(error);
      }
    }
  }

  /** Ends the lane: everything that is pending, and everything that comes, is rejected with one reason. */
  end(error: FerruleError): void {
    if (this.#over !== undefined) return;
    this.drain();
    if (this.#over !== undefined) return;
    this.#over = error;
    this.#waiter.stop();
    this.#safety.stop();
    this.#rejectWaiting(error);
    for (const request of this.#pending.owners()) request.fail(error);
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  stats(): Record<string, number> {
    return {
      ...this.#counters,
      inFlight: this.inFlight,
      waiting: this.#waitingCount,
      parks: this.#waiter.parks,
      safetyTimerHits: this.#safety.hits,
    };
  }
}

const NOTHING = new Uint8Array(0);

/** Instances of one type share their methods' habits, but a handle is what a request knows: one key for both. */
function methodKey(request: PendingRequest): number {
  return request.handleIndex * 1_024 + request.method;
}
