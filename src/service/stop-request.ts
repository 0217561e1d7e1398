/** The wish that a service should stop: made once, however often it is said. */
export class StopRequest {
  readonly #controller = new AbortController();

  get requested(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Aborted by the request: what a start that is under way listens to. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  request(): void {
    this.#controller.abort();
  }

  /** Resolves at the request. */
  wait(): Promise<void> {
    if (this.requested) return Promise.resolve();
    return new Promise((resolve) => {
      this.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
