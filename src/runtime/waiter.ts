/**
 * When the engine looks for completions, and when it sleeps.
 *
 * ```text
 *   asleep --a call was sent--> microtask turns --nothing for a while--> immediates --nothing for a while--> asleep
 *      ^                            ^                                        |
 *      '---- a ring of the bell ----'<---------------- found something ------'
 * ```
 *
 * While calls are in flight a look costs less than a wake-up, so it looks a bounded while before it sleeps. Microtask
 * turns are bounded too, found something or not, and then an immediate has its turn: timers, I/O and the user's own
 * continuations are never starved.
 */
import type { Doorbell } from "../ring/doorbell.ts";

/** Microtask turns without a macrotask between them: about 50 microseconds. */
const MICROTASK_TURNS_MAX = 256;
/** Things found without a macrotask between them: about a millisecond of settling, and of what the callers do then. */
const FOUND_MAX = 2_000;
/** Of these, turns in a row that find nothing: about what a quick call takes. */
const EMPTY_TURNS_MAX = 48;
/** The same when nothing is in flight: the caller's continuation may send the next call. */
const IDLE_TURNS_MAX = 6;
/** Immediates in a row that find nothing, before sleep: about what a wake-up costs. */
const EMPTY_IMMEDIATES_MAX = 32;
/** The same when every call in flight is of a kind that was not quick last time: looking would be waste. */
const EMPTY_IMMEDIATES_SLOW_MAX = 1;

/** What the waiter looks after. */
export interface WaiterHost {
  /** Takes what is there. Returns how much there was. Throws nothing. */
  drain(): number;
  /** Whether there is anything to take. */
  hasReason(): boolean;
  /** Requests whose completion is to come. */
  readonly inFlight: number;
  /** Whether one of them is expected within microseconds. */
  readonly expectsQuick: boolean;
  /** Requests wait for space that only Rust can free. */
  readonly needsSpace: boolean;
  /** It sleeps now, or no longer: what holds the event loop, and the safety timer, hang on it. */
  sleeping(asleep: boolean): void;
}

const resolved = Promise.resolve();

export class Waiter {
  readonly #host: WaiterHost;
  readonly #doorbell: Doorbell;
  #asleep = false;
  #turning = false;
  #immediate: NodeJS.Immediate | undefined;
  #turns = 0;
  #found = 0;
  #emptyTurns = 0;
  #emptyImmediates = 0;
  #stopped = false;
  parks = 0;

  constructor(host: WaiterHost, doorbell: Doorbell) {
    this.#host = host;
    this.#doorbell = doorbell;
  }

  get isAsleep(): boolean {
    return this.#asleep;
  }

  /** A call was sent, or something was found: look for what comes. */
  look(): void {
    if (this.#stopped) return;
    this.#wakeUp();
    this.#emptyTurns = 0;
    this.#emptyImmediates = 0;
    if (!this.#turning) this.#nextTurn();
  }

  /** The bell rang. A macrotask: microtask turns count anew. */
  ring(): void {
    if (this.#stopped) return;
    this.#turns = 0;
    this.#wakeUp();
    this.#found = this.#host.drain();
    this.look();
  }

  /** No more looking: the lane is over. */
  stop(): void {
    this.#stopped = true;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    if (this.#asleep) this.#host.sleeping(false);
    this.#asleep = false;
  }

  #wakeUp(): void {
    if (!this.#asleep) return;
    this.#asleep = false;
    this.#doorbell.takeBack();
    this.#host.sleeping(false);
  }

  #nextTurn(): void {
    if (this.#turns >= MICROTASK_TURNS_MAX || this.#found >= FOUND_MAX) {
      this.#turning = false;
      this.#nextImmediate();
      return;
    }
    this.#turns++;
    this.#turning = true;
    void resolved.then(this.#turn);
  }

  readonly #turn = (): void => {
    if (this.#stopped) return;
    const found = this.#host.drain();
    if (this.#stopped) return;
    this.#found += found;
    this.#emptyTurns = found > 0 ? 0 : this.#emptyTurns + 1;
    const enough = this.#host.inFlight > 0 ? EMPTY_TURNS_MAX : IDLE_TURNS_MAX;
    if (this.#emptyTurns < enough) {
      this.#nextTurn();
      return;
    }
    this.#turning = false;
    if (this.#host.inFlight > 0) this.#nextImmediate();
    else this.#sleep();
  };

  #nextImmediate(): void {
    this.#immediate ??= setImmediate(this.#onImmediate);
  }

  readonly #onImmediate = (): void => {
    this.#immediate = undefined;
    this.#turns = 0;
    this.#found = 0;
    if (this.#stopped || this.#asleep || this.#turning) return;
    this.#found = this.#host.drain();
    if (this.#stopped) return;
    if (this.#found > 0) {
      this.look();
      return;
    }
    this.#emptyImmediates++;
    const { inFlight, expectsQuick } = this.#host;
    const enough = expectsQuick ? EMPTY_IMMEDIATES_MAX : EMPTY_IMMEDIATES_SLOW_MAX;
    if (inFlight > 0 && this.#emptyImmediates < enough) this.#nextImmediate();
    else this.#sleep();
  };

  #sleep(): void {
    this.#doorbell.beforeSleep(this.#host.needsSpace);
    if (this.#host.hasReason()) {
      this.#doorbell.takeBack();
      this.#host.drain();
      this.look();
      return;
    }
    this.#asleep = true;
    this.parks++;
    this.#host.sleeping(true);
  }
}
