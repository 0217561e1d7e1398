/** The wish that a service should stop: made once, however often it is said. */
export class StopRequest {
  readonly #controller = new AbortController();
  #requested = false;

  /** From here on nothing is begun that belongs to the start. */
  get requested(): boolean {
    return this.#requested;
  }

  /** Aborted by the request: what a start that is under way listens to. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  request(): void {
    this.#requested = true;
    this.#controller.abort();
  }

  /** Requests the same, but lets a step that is under way end by itself first, if it does so within the grace.
   * @param step never rejects
   * @param grace milliseconds */
  requestAfter(step: Promise<void>, grace: number): void {
    this.#requested = true;
    const timer = setTimeout(() => this.request(), grace);
    void step.then(() => {
      clearTimeout(timer);
      this.request();
    });
  }

  /** Resolves at the request. */
  wait(): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
