/**
 * Which request belongs to which slot. The only place from which a request is settled by a completion, and the only
 * truth about what is pending: the shared memory merely claims that something finished.
 *
 * On a call's path: `claim` before `request-ring` writes, `release` after `completion-ring` has copied a completion
 * out.
 */
import { LIFECYCLE_SLOT_COUNT, SLOT_COUNT } from "../ring/layout.generated.ts";

/** Who owns a slot. */
export interface SlotOwner {
  /** Lifecycle requests may take the slots that are kept for them, so that hung calls cannot stop a shutdown. */
  readonly isLifecycle: boolean;
}

export class PendingCalls<Owner extends SlotOwner> {
  /** Per slot: who has it; undefined while it is free. */
  readonly #owner: (Owner | undefined)[] = new Array<Owner | undefined>(SLOT_COUNT).fill(undefined);
  /** Per slot: generation of its present or last use. Never 0, so that a zeroed cancel word matches nothing. */
  readonly #generation: Uint32Array;
  /** Free slots as stacks: the last one used is the warmest. */
  readonly #free: number[] = [];
  readonly #kept: number[] = [];

  /** @param firstGeneration where the lane's creator starts counting (tests: just below the wrap) */
  constructor(firstGeneration: number) {
    this.#generation = new Uint32Array(SLOT_COUNT).fill(firstGeneration);
    for (let slot = SLOT_COUNT - 1; slot >= 0; slot--) this.#home(slot).push(slot);
  }

  #home(slot: number): number[] {
    return slot < LIFECYCLE_SLOT_COUNT ? this.#kept : this.#free;
  }

  /** Requests whose completion is still to come, abandoned ones included. */
  get count(): number {
    return SLOT_COUNT - this.#free.length - this.#kept.length;
  }

  /** Whether {@link claim} would find a slot. */
  hasFree(isLifecycle: boolean): boolean {
    return this.#free.length > 0 || (isLifecycle && this.#kept.length > 0);
  }

  /** Takes a slot; -1 when none is free. */
  claim(owner: Owner): number {
    const slot = this.#free.pop() ?? (owner.isLifecycle ? this.#kept.pop() : undefined);
    if (slot === undefined) return -1;
    this.#generation[slot] = nextGeneration(this.#generation[slot]!);
    this.#owner[slot] = owner;
    return slot;
  }

  generation(slot: number): number {
    return this.#generation[slot]!;
  }

  /**
   * Frees the slot that a completion names. Both numbers come from the other side: neither is trusted.
   * @returns who had it; undefined when no such request is pending, which is a violation of the protocol
   */
  release(slot: number, generation: number): Owner | undefined {
    if (slot >= SLOT_COUNT || this.#generation[slot] !== generation) return undefined;
    const owner = this.#owner[slot];
    if (owner === undefined) return undefined;
    this.#owner[slot] = undefined;
    this.#home(slot).push(slot);
    return owner;
  }

  /** Everybody who waits for a completion, when none will come any more. */
  owners(): Owner[] {
    return this.#owner.filter((owner) => owner !== undefined);
  }
}

/** Wraps at 2^32 and skips 0. */
function nextGeneration(generation: number): number {
  return (generation + 1) >>> 0 || 1;
}
