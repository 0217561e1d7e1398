/** Ends the start of components whose start is no longer wanted. */

/** A start that ended because a stop was requested, which is no failure. */
export class StartCancelled extends Error {}

/** The wish that everything should stop, as whoever starts components one after the other looks at it. */
export interface StopWish {
  /** From here on nothing is begun that belongs to the start. */
  readonly requested: boolean;
  /** Aborted when the step that is under way should end too. */
  readonly signal: AbortSignal;
}
