/**
 * Aborting one piece of work for one of several reasons. (`AbortSignal.any` came after Node 20.0, and leaks before
 * Node 22.)
 */

/** A controller that also follows the caller's signal. */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #follow = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted === true) this.#follow();
    else outer?.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /**
   * Lets go of the caller's signal. A long-lived signal would otherwise keep every piece of work that it ever watched.
   */
  unlink(): void {
    this.#outer?.removeEventListener("abort", this.#follow);
  }
}
