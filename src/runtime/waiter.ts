/**
 * When the engine looks for completions, and when it sleeps.
 *
 * ```text
 *   asleep --a call was sent--> microtask turns --nothing for a while--> immediates --nothing for a while--> asleep
 *      ^                            ^                                        |
 *      '---- a ring of the bell ----'<---------------- found something ------'
 * ```
 *
 * A look costs a hundredth of a microsecond and a wake-up about fifty, so it looks a bounded while before it sleeps,
 * when what it knows says that this is likely to pay: calls are in flight whose method answered at once the last time.
 * One turn takes many looks, since a turn costs as much as ten of them. Turns are bounded too, found something or not,
 * and then an immediate has its turn: timers, I/O and the user's own continuations are never starved.
 */
import type { Doorbell } from "../ring/doorbell.ts";

/** Looks in one microtask turn, when an answer is expected: half a microsecond. */
const LOOKS_PER_TURN = 48;
/** Looks without a macrotask between them: about 60 microseconds, a wake-up's worth. */
const LOOKS_MAX = 6_000;
/** Things found without a macrotask between them: about a millisecond of settling, and of what the callers do then. */
const FOUND_MAX = 2_000;
/** Empty turns in a row when no answer is expected at once: the caller's continuation may send the next call. */
const IDLE_TURNS_MAX = 6;
/** Immediates in a row that find nothing, at least, before sleep: about what a wake-up costs. */
const EMPTY_IMMEDIATES_MIN = 16;
/**
 * Milliseconds for which more of them look while Rust is awake: a thread that its machine has put aside for a moment is
 * back by then, and two wake-ups would cost more.
 */
const EMPTY_MAX = 1;

/** What the waiter looks after. */
export interface WaiterHost {
  /** Makes visible what was sent. */
  publish(): void;
  /** Whether a turn is coming: who sends needs to say nothing then. */
  watching(isWatching: boolean): void;
  /** Changes with everything that is sent. */
  readonly sent: number;
  /** Takes what is there. Returns how much there was. Throws nothing. */
  drain(): number;
  /** Whether a completion is there: cheap. */
  readonly hasCompletions: boolean;
  /** Whether there is anything to take, or to send. */
  hasReason(): boolean;
  /** Requests whose completion is to come. */
  readonly inFlight: number;
  /** Whether one of them is expected within microseconds, and looking for it takes nothing from anybody. */
  readonly expectsQuick: boolean;
  /** Rust was woken, and has not answered since. */
  readonly isWaking: boolean;
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
  /** Its turns have lasted long enough: nothing is taken before a macrotask has had its turn, whatever is sent. */
  #yielding = false;
  #publishing = false;
  #looks = 0;
  #found = 0;
  #emptyTurns = 0;
  #sent = -1;
  #emptyImmediates = 0;
  #emptySince = 0;
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
    this.#emptyTurns = 0;
    this.#emptyImmediates = 0;
    if (this.#turning || this.#stopped) return;
    if (this.#yielding) {
      this.#publishSoon();
      return;
    }
    if (this.#asleep) this.#wakeUp();
    this.#setTurning(true);
    void resolved.then(this.#turn);
  }

  /** What is sent meanwhile goes as one batch, too. */
  #publishSoon(): void {
    if (this.#publishing) return;
    this.#publishing = true;
    this.#host.watching(true);
    void resolved.then(() => {
      this.#publishing = false;
      this.#host.watching(this.#turning);
      if (!this.#stopped) this.#host.publish();
    });
  }

  #setTurning(turning: boolean): void {
    this.#turning = turning;
    this.#host.watching(turning);
  }

  /** The bell rang. A macrotask: looks count anew. */
  ring(): void {
    if (this.#stopped) return;
    this.#looks = 0;
    this.#yielding = false;
    if (this.#asleep) this.#wakeUp();
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
    this.#asleep = false;
    this.#doorbell.takeBack();
    this.#host.sleeping(false);
  }

  readonly #turn = (): void => {
    if (this.#stopped) return;
    const host = this.#host;
    host.publish();
    const quick = host.expectsQuick;
    if (quick) this.#lookForCompletion();
    const found = host.drain();
    if (this.#stopped) return;
    this.#found += found;
    this.#looks++;
    const isBusy = found > 0 || host.sent !== this.#sent;
    this.#sent = host.sent;
    if (isBusy) this.#emptyImmediates = 0;
    this.#emptyTurns = isBusy ? 0 : this.#emptyTurns + 1;
    if (this.#looks >= LOOKS_MAX || this.#found >= FOUND_MAX) {
      this.#setTurning(false);
      this.#yielding = true;
      this.#nextImmediate();
    } else if (quick || this.#emptyTurns < IDLE_TURNS_MAX) {
      void resolved.then(this.#turn);
    } else {
      this.#setTurning(false);
      if (host.inFlight > 0) this.#nextImmediate();
      else this.#sleep();
    }
  };

  #lookForCompletion(): void {
    for (let look = 0; look < LOOKS_PER_TURN; look++) {
      if (this.#host.hasCompletions) return;
      this.#looks++;
    }
  }

  #nextImmediate(): void {
    this.#immediate ??= setImmediate(this.#onImmediate);
  }

  readonly #onImmediate = (): void => {
    this.#immediate = undefined;
    this.#yielding = false;
    this.#looks = 0;
    this.#found = 0;
    if (this.#stopped || this.#asleep || this.#turning) return;
    this.#host.publish();
    const quick = this.#host.expectsQuick;
    if (quick) this.#lookForCompletion();
    this.#found = this.#host.drain();
    if (this.#stopped) return;
    if (this.#found > 0) {
      this.look();
      return;
    }
    if (quick && this.#looksOn()) this.#nextImmediate();
    else this.#sleep();
  };

  /** Whether an immediate that found nothing is followed by another one. */
  #looksOn(): boolean {
    this.#emptyImmediates++;
    if (this.#emptyImmediates < EMPTY_IMMEDIATES_MIN) return true;
    if (this.#host.isWaking) return false;
    if (this.#emptyImmediates === EMPTY_IMMEDIATES_MIN) this.#emptySince = performance.now();
    return performance.now() - this.#emptySince < EMPTY_MAX;
  }

  #sleep(): void {
    this.#host.publish();
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
