/**
 * Going to sleep, and being woken, without losing a wake-up: twin of `ring/src/doorbell.rs`, which holds the protocol
 * and its proof. Here the fences are free: every `Atomics` operation is sequentially consistent.
 *
 * On a call's path: `request-ring` publishes and comes here to wake the drain; the waiter comes here before it parks.
 */
import { PARKED_ASLEEP, PARKED_AWAKE, PARKED_FOR_SPACE, PARKED_SYNC } from "./layout.generated.ts";
import type { Words } from "./words.ts";

/** The word by which a sleeping side is found. Both sides change it, by exchange only. */
export class Doorbell {
  readonly #words: Words;
  readonly #parked: number;

  /** @param parked byte offset of the parked word */
  constructor(words: Words, parked: number) {
    this.#words = words;
    this.#parked = parked;
  }

  /** Call after every publish. True: ring, now; no one else will. */
  afterPublish(): boolean {
    if (this.#words.load(this.#parked) === PARKED_AWAKE) return false;
    return this.#words.exchange(this.#parked, PARKED_AWAKE) !== PARKED_AWAKE;
  }

  /** Call after freeing space without publishing. True: ring, now; no one else will. */
  afterFree(): boolean {
    if (this.#words.load(this.#parked) !== PARKED_FOR_SPACE) return false;
    return this.#words.exchange(this.#parked, PARKED_AWAKE) !== PARKED_AWAKE;
  }

  /** Announces sleep. Look again at every reason to wake, then sleep or {@link takeBack}. */
  beforeSleep(forSpace: boolean): void {
    this.#words.exchange(this.#parked, forSpace ? PARKED_FOR_SPACE : PARKED_ASLEEP);
  }

  /** The same for a sleep in a bounded foreign call, which another kind of ring ends. */
  beforeWait(): void {
    this.#words.exchange(this.#parked, PARKED_SYNC);
  }

  /** Awake again. A ring that comes all the same wakes for nothing, which is harmless. */
  takeBack(): void {
    this.#words.exchange(this.#parked, PARKED_AWAKE);
  }

  /** Whether the sleep that was announced is still on: nobody has claimed to ring. */
  get isParked(): boolean {
    return this.#words.load(this.#parked) !== PARKED_AWAKE;
  }
}
