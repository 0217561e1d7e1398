/**
 * Which request belongs to which slot. The only place from which a request is settled by a completion, and the only
 * truth about what is pending: the shared memory merely claims that something finished.
 *
 * On a call's path: `claim` before `request-ring` writes, `release` after `completion-ring` has taken a completion.
 */
import { ANSWER_SLOT_COUNT, LIFECYCLE_SLOT_COUNT, NESTED_SLOT_COUNT, SLOT_COUNT } from "../ring/layout.generated.ts";
import type { CallTarget } from "./call-target.ts";
import type { PendingRequest } from "./request.ts";

/** Who has a slot: a plain call, which is nothing but its promise, or a request. Made once, used again and again. */
export class PendingSlot {
  readonly index: number;
  /** Of its present or last use. Never 0, so that a zeroed cancel word matches nothing. */
  generation: number;
  isTaken = false;
  /** A plain call's method; of a request, too, when it is a call. */
  target: CallTarget | undefined = undefined;
  /** Undefined for a plain call. */
  request: PendingRequest | undefined = undefined;
  /** Settles a plain call. */
  resolve: (value: unknown) => void = nothing;
  /** It is expected within microseconds. */
  isQuick = false;
  /** Bytes of its payload. */
  held = 0;
  /** When it was sent, if it is one of those that are timed; milliseconds. */
  since = 0;
  /** How often this side had slept when it was sent. */
  parks = 0;
  /** Of its request. */
  rank: Rank = 0;

  constructor(index: number, generation: number) {
    this.index = index;
    this.generation = generation;
  }
}

/**
 * Who goes first. 0 is a call. 1 to 32 is a call within so many calls of Rust's: what waits for it holds a place of each
 * lower rank.
 */
export type Rank = number;
/** The deepest call. */
export const RANK_DEEPEST: Rank = NESTED_SLOT_COUNT;
/** An answer to a call of Rust's. */
export const RANK_ANSWER: Rank = NESTED_SLOT_COUNT + 1;
/** A lifecycle request. */
export const RANK_LIFECYCLE: Rank = NESTED_SLOT_COUNT + 2;
export const RANK_COUNT = NESTED_SLOT_COUNT + 3;

/** Where each kept kind of slot ends. */
const LIFECYCLE_END = LIFECYCLE_SLOT_COUNT;
const ANSWER_END = LIFECYCLE_END + ANSWER_SLOT_COUNT;
const NESTED_END = ANSWER_END + NESTED_SLOT_COUNT;

/** In place of a promise that was settled, which the slot would keep alive otherwise. */
export function nothing(): void {}

/**
 * Rejects a plain call. Only its `resolve` is kept, since each function that a slot keeps costs the call and the garbage
 * collector: a promise that is resolved with a rejected one is rejected with the same error.
 */
export function rejectPlain(slot: PendingSlot, error: unknown): void {
  const { resolve } = slot;
  slot.resolve = nothing;
  resolve(Promise.reject(error));
}

export class PendingCalls {
  readonly #slots: PendingSlot[] = [];
  /** Free slots as stacks: the last one used is the warmest. */
  readonly #free: PendingSlot[] = [];
  readonly #forLifecycle: PendingSlot[] = [];
  readonly #forAnswers: PendingSlot[] = [];
  readonly #forNested: PendingSlot[] = [];

  /** @param firstGeneration where the lane's creator starts counting (tests: just below the wrap) */
  constructor(firstGeneration: number) {
    for (let index = 0; index < SLOT_COUNT; index++) this.#slots.push(new PendingSlot(index, firstGeneration));
    for (const slot of [...this.#slots].reverse()) this.#home(slot).push(slot);
  }

  #home({ index }: PendingSlot): PendingSlot[] {
    if (index < LIFECYCLE_END) return this.#forLifecycle;
    if (index < ANSWER_END) return this.#forAnswers;
    return index < NESTED_END ? this.#forNested : this.#free;
  }

  /**
   * The slots that are kept for a rank, when it may have one. Hung calls cannot stop a shutdown then, nor the answers
   * that they wait for. A nested call leaves one for each that is deeper: so calls wait for deeper ones alone, the
   * deepest for nobody, and never for each other in a circle.
   */
  #kept(rank: Rank): PendingSlot[] {
    if (rank === RANK_LIFECYCLE) return this.#forLifecycle;
    if (rank === RANK_ANSWER) return this.#forAnswers;
    return rank > 0 && this.#forNested.length > NESTED_SLOT_COUNT - rank ? this.#forNested : NONE;
  }

  /** Requests whose completion is still to come, abandoned ones included. */
  get count(): number {
    const kept = this.#forLifecycle.length + this.#forAnswers.length + this.#forNested.length;
    return SLOT_COUNT - this.#free.length - kept;
  }

  /** Whether {@link claim} would find a slot. */
  hasFree(rank: Rank): boolean {
    return this.#free.length > 0 || this.#kept(rank).length > 0;
  }

  /** Takes a slot; undefined when none is free. */
  claim(rank: Rank): PendingSlot | undefined {
    const slot = this.#free.pop() ?? this.#kept(rank).pop();
    if (slot === undefined) return undefined;
    slot.rank = rank;
    slot.generation = nextGeneration(slot.generation);
    slot.isTaken = true;
    return slot;
  }

  /**
   * The slot that the other side names. Both numbers come from there: neither is trusted.
   * @returns undefined when no such request is pending
   */
  find(index: number, generation: number): PendingSlot | undefined {
    const slot = this.#slots[index];
    return slot?.isTaken === true && slot.generation === generation ? slot : undefined;
  }

  /** Frees a slot that {@link find} has found. What it says holds until the next {@link claim}. */
  release(slot: PendingSlot): void {
    slot.isTaken = false;
    this.#home(slot).push(slot);
  }

  /** Everybody who waits for a completion, when none will come any more. */
  taken(): PendingSlot[] {
    return this.#slots.filter(({ isTaken }) => isTaken);
  }
}

/** Never added to. */
const NONE: PendingSlot[] = [];

/** Wraps at 2^32 and skips 0. */
function nextGeneration(generation: number): number {
  return (generation + 1) >>> 0 || 1;
}
