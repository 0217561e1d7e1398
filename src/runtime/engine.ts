/**
 * Carries requests through one lane: puts together who sends, who receives and who waits.
 *
 * On a call's path: `extension` comes here; `sender` writes the request; `receiver` settles it.
 */
import { DeadlineError, FerruleError, messageOf, ProtocolError } from "../core/errors.ts";
import { Doorbell } from "../ring/doorbell.ts";
import type { Header } from "../ring/header.ts";
import * as layout from "../ring/layout.generated.ts";
import { violation } from "../ring/violation.ts";
import type { Words } from "../ring/words.ts";
import type { CallTarget } from "./call-target.ts";
import { type Bucket, Histogram } from "./histogram.ts";
import { Receiver } from "./receiver.ts";
import { HandledRequest, type Outcome, type PendingRequest, type RequestHost } from "./request.ts";
import { SafetyTimer } from "./safety-timer.ts";
import { Sender } from "./sender.ts";
import { Waiter, type WaiterHost } from "./waiter.ts";

export interface EngineOptions {
  readonly whenFull: "wait" | "reject";
  readonly waitingMax: number;
  /** Rings Rust's bell. */
  readonly wake: () => void;
  /** Blocks this thread until Rust has published something, or so many microseconds are over. */
  readonly wait: (micros: number) => void;
  /** Hears each event, in order. */
  readonly onEvent: (kind: number, payload: Uint8Array) => void;
  /** The event loop must be held now, or no longer. */
  readonly onHold: (held: boolean) => void;
  /** The protocol was broken: the lane is over. */
  readonly onFault: (error: ProtocolError) => void;
  /** The drain's thread has been in one call for so long. */
  readonly onStuck: (call: StuckCall) => void;
}

/** A call that keeps the drain's thread. */
export interface StuckCall {
  readonly handleIndex: number;
  readonly handleGeneration: number;
  readonly method: number;
  /** At least so long. */
  readonly milliseconds: number;
}

/** How long a synchronous call looks before it blocks, in milliseconds: about what a wake-up costs. */
const SYNC_LOOK = 0.05;
/** How long it blocks in one piece, in microseconds: a blocked thread cannot be ended. */
const SYNC_WAIT_MAX = 50_000;
/** Bytes of results after which their space is given back, and what waits is sent: Rust works meanwhile. */
const DRAIN_BYTES_MAX = 128 * 1_024;

export class Engine implements RequestHost, WaiterHost {
  readonly #options: EngineOptions;
  readonly #words: Words;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #ownBell: Doorbell;
  readonly #waiter: Waiter;
  readonly #safety: SafetyTimer;
  readonly #latency = new Histogram();
  #draining = false;
  #drains = 0;
  #over: FerruleError | undefined;

  constructor(words: Words, header: Header, options: EngineOptions) {
    this.#options = options;
    this.#words = words;
    this.#sender = new Sender(words, header, {
      whenFull: options.whenFull,
      waitingMax: options.waitingMax,
      wake: options.wake,
      onSent: () => this.#waiter.look(),
    });
    this.#receiver = new Receiver(words, header, this.#sender, {
      onEvent: options.onEvent,
      latency: this.#latency,
    });
    this.#ownBell = new Doorbell(words, layout.OFFSET_TYPESCRIPT_PARKED);
    this.#waiter = new Waiter(this, this.#ownBell);
    this.#safety = new SafetyTimer({
      isLost: () =>
        (this.#waiter.isAsleep && this.#receiver.hasMore) ||
        (this.#sender.rustBell.isParked && this.#sender.untaken > 0),
      onLost: () => {
        options.wake();
        this.#waiter.ring();
      },
      stuckIn: () => words.load(layout.OFFSET_WATCHDOG_METHOD),
      progress: () => words.load(layout.OFFSET_COUNTER_REQUESTS) + words.load(layout.OFFSET_COUNTER_COMPLETIONS),
      onStuck: (method, milliseconds) => {
        const handleIndex = words.load(layout.OFFSET_WATCHDOG_HANDLE_INDEX);
        const handleGeneration = words.load(layout.OFFSET_WATCHDOG_HANDLE_GENERATION);
        options.onStuck({ handleIndex, handleGeneration, method: method - 1, milliseconds });
      },
    });
    this.#waiter.look(); // finds nothing, and falls asleep: from then on Rust rings for what it has to say
  }

  get inFlight(): number {
    return this.#sender.pending.count;
  }

  get sent(): number {
    return this.#sender.calls;
  }

  watching(isWatching: boolean): void {
    this.#sender.isWatched = isWatching;
  }

  get expectsQuick(): boolean {
    return this.#sender.quick > 0 && this.#words.plain[layout.OFFSET_CROWDED >>> 2] === 0;
  }

  get isWaking(): boolean {
    return this.#sender.isWaking;
  }

  get needsSpace(): boolean {
    return this.#sender.needsSpace;
  }

  get hasCompletions(): boolean {
    return this.#receiver.hasCompletions;
  }

  /** The short way of a plain call; undefined when it cannot go now. */
  tryCall(target: CallTarget, payload: Uint8Array): Promise<unknown> | undefined {
    return this.#sender.tryCall(target, payload);
  }

  /** Takes a request on. It settles through its own handlers, whatever comes. */
  submit(request: PendingRequest): void {
    this.#sender.submit(request);
  }

  /**
   * Calls, and blocks this thread until the answer is there: looks for about as long as a wake-up takes, then sleeps in
   * short pieces.
   * @throws {FerruleError} whatever a call rejects with, `DEADLINE_EXCEEDED` when the time is over, `INVALID_STATE`
   * from
   *   within a logger or a listener
   */
  callSync(target: CallTarget, payload: Uint8Array, milliseconds: number): Outcome {
    if (this.#draining) {
      const text = "callSync cannot be used in a logger or a listener: what it waits for is being taken";
      throw new FerruleError("INVALID_STATE", text, { permanent: true });
    }
    let outcome: Outcome | undefined;
    let failure: { readonly error: unknown } | undefined;
    const request = new HandledRequest(this, target, payload, NO_LIMITS, {
      onOutcome: (answer) => {
        outcome = answer;
      },
      onFailure: (error) => {
        failure = { error };
      },
    });
    this.submit(request);
    this.publish();
    const begun = performance.now();
    for (let now = begun; outcome === undefined && failure === undefined; now = performance.now()) {
      const left = begun + milliseconds - now;
      if (left <= 0) request.fail(new DeadlineError(`no answer within ${milliseconds} ms`));
      else if (now - begun < SYNC_LOOK && this.#words.plain[layout.OFFSET_CROWDED >>> 2] === 0) this.#lookALittle();
      else this.#waitALittle(left);
    }
    if (outcome === undefined) throw failure?.error;
    return outcome;
  }

  #lookALittle(): void {
    for (let look = 0; look < 64 && !this.#receiver.hasCompletions; look++);
    this.drain();
    this.publish();
  }

  #waitALittle(left: number): void {
    this.#ownBell.beforeWait();
    if (!this.hasReason()) this.#options.wait(Math.min(SYNC_WAIT_MAX, Math.ceil(left * 1_000)));
    this.#ownBell.takeBack();
    this.drain();
    this.publish();
  }

  abandoned(request: PendingRequest): void {
    this.#sender.abandoned(request);
  }

  publish(): void {
    if (this.#over === undefined) this.#sender.publish();
  }

  hasReason(): boolean {
    return this.#receiver.hasMore || this.#sender.hasReason;
  }

  drain(bytesMax = DRAIN_BYTES_MAX): number {
    if (this.#over !== undefined || this.#draining) return 0;
    this.#draining = true;
    try {
      return this.#drainAll(bytesMax);
    } catch (error) {
      this.#options.onFault(error instanceof ProtocolError ? error : violation(messageOf(error)));
      return 0;
    } finally {
      this.#draining = false;
    }
  }

  #drainAll(bytesMax: number): number {
    let found = this.#receiver.takeCompletions(bytesMax);
    // What comes before an answer is taken with it. The rest is looked at now and then under load, and else always.
    if (found === 0 || (++this.#drains & 7) === 0) found += this.#receiver.takeOthers();
    if (this.#over !== undefined) return found;
    // Rust waits for this only when it is short of space.
    if (found > 0 && this.#receiver.release() && this.#sender.rustBell.afterFree()) this.#sender.ringRust(true);
    return this.#sender.sendWaiting() + found;
  }

  /** The bell rang. */
  ring(): void {
    this.#waiter.ring();
  }

  sleeping(asleep: boolean): void {
    if (asleep) this.#sender.sleeps(this.#waiter.parks);
    const waits = asleep && (this.inFlight > this.#sender.outstanding || this.#sender.waiting > 0);
    this.#options.onHold(waits);
    if (waits) this.#safety.start();
    else this.#safety.stop();
  }

  /** The runtime is closing: see {@link Sender.refuseCalls}. */
  refuseCalls(error: FerruleError): void {
    this.#sender.refuseCalls(error);
  }

  /** Ends the lane: everything that is pending, and everything that comes, is rejected with one reason. */
  end(error: FerruleError): void {
    if (this.#over !== undefined) return;
    // Answers, then what else there is: what has come is not lost.
    for (let left = 3; left > 0 && this.drain(Number.POSITIVE_INFINITY) > 0; left--);
    if (this.#over !== undefined) return;
    this.#over = error;
    this.#receiver.stop();
    this.#waiter.stop();
    this.#safety.stop();
    this.#sender.end(error);
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** How long calls took from their sending to their answer, of one in 64. */
  latency(): Bucket[] {
    return this.#latency.buckets();
  }

  stats(): Record<string, number> {
    const { calls, batches, wakes, wakesSpared, fullWaits, abandonedCount } = this.#sender;
    return {
      calls,
      settled: this.#receiver.settled,
      abandoned: abandonedCount,
      batches,
      wakes,
      wakesSpared,
      fullWaits,
      inFlight: this.inFlight,
      waiting: this.#sender.waiting,
      bytesSent: this.#sender.bytesSent,
      bytesReceived: this.#receiver.bytesReceived,
      bytesInFlight: this.#sender.held,
      bytesCopiedToWait: this.#sender.bytesCopiedToWait,
      parks: this.#waiter.parks,
      safetyTimerHits: this.#safety.hits,
    };
  }
}

const NO_LIMITS = {};
