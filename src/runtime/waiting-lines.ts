/** Requests without a slot or space: a line for each rank, first in, first out. */
import { RANK_DEEPEST, RANK_LIFECYCLE, type Rank } from "./pending-calls.ts";
import { WaitingQueue } from "./queue.ts";
import type { PendingRequest } from "./request.ts";

interface Line {
  readonly rank: Rank;
  readonly queue: WaitingQueue<PendingRequest>;
}

export class WaitingLines {
  /** Made when somebody waits there; the highest rank first. */
  #lines: readonly Line[] = [];

  #count(counts: (rank: Rank) => boolean): number {
    let count = 0;
    for (const { rank, queue } of this.#lines) if (counts(rank)) count += queue.count;
    return count;
  }

  /** Everybody who waits. */
  get count(): number {
    return this.#lines.length === 0 ? 0 : this.#count(() => true);
  }

  /** Calls that wait. */
  get calls(): number {
    return this.#count((rank) => rank <= RANK_DEEPEST);
  }

  /** Whether somebody waits whom a request of this rank must not pass. A lifecycle request waits for itself alone. */
  holdsUp(asker: Rank): boolean {
    return this.#count((rank) => rank === asker || (rank > asker && rank !== RANK_LIFECYCLE)) > 0;
  }

  of(rank: Rank): WaitingQueue<PendingRequest> {
    const line = this.#lines.find((each) => each.rank === rank);
    if (line !== undefined) return line.queue;
    const queue = new WaitingQueue<PendingRequest>();
    this.#lines = [...this.#lines, { rank, queue }].sort((one, other) => other.rank - one.rank);
    return queue;
  }

  /**
   * Who goes next. Who waits for a slot, or for others' bytes, is passed by lower ranks; who waits for space is not, since
   * small ones would take it away.
   */
  next(
    isFree: (request: PendingRequest) => boolean,
    hasSpace: (request: PendingRequest) => boolean,
  ): PendingRequest | undefined {
    for (const { rank, queue } of this.#lines) {
      const first = queue.peek();
      if (first === undefined || !isFree(first)) continue;
      if (hasSpace(first)) return first;
      if (rank !== RANK_LIFECYCLE) return undefined;
    }
    return undefined;
  }

  /** Takes everybody out, but for those of a rank that is kept. */
  clear(kept?: Rank): PendingRequest[] {
    return this.#lines.flatMap(({ rank, queue }) => (rank === kept ? [] : queue.clear()));
  }
}
