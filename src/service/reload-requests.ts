/** The wishes that a service should read its configuration anew. Any number that wait are one. */
import type { ConfigValues } from "./config-input.ts";
import type { StopRequest } from "./stop-request.ts";

/** One reload, for everybody who asked for it. */
export class ReloadRequest {
  /** Taken instead of the service's own sources, this once. */
  config: ConfigValues | undefined;
  readonly done: Promise<void>;
  succeed: () => void = () => undefined;
  fail: (error: unknown) => void = () => undefined;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
    // Who does not wait for it reads of its failure in the log.
    this.done.catch(() => undefined);
  }
}

export class ReloadRequests {
  #waiting: ReloadRequest | undefined;
  #wake: () => void = () => undefined;

  /** Asks for a reload that has not begun yet. The last configuration that was given counts. */
  request(config: ConfigValues | undefined): Promise<void> {
    this.#waiting ??= new ReloadRequest();
    if (config !== undefined) this.#waiting.config = config;
    this.#wake();
    return this.#waiting.done;
  }

  /** Each as soon as there is one, until the stop is requested. */
  async *until(stop: StopRequest): AsyncGenerator<ReloadRequest, void> {
    for (let next = await this.#next(stop); next !== undefined; next = await this.#next(stop)) yield next;
  }

  async #next(stop: StopRequest): Promise<ReloadRequest | undefined> {
    if (this.#waiting === undefined && !stop.signal.aborted) {
      let wake = (): void => undefined;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      this.#wake = wake;
      stop.signal.addEventListener("abort", wake, { once: true });
      await woken;
      stop.signal.removeEventListener("abort", wake);
    }
    if (stop.signal.aborted) return undefined;
    const request = this.#waiting;
    this.#waiting = undefined;
    return request;
  }

  /** The service has ended: what still waits fails. */
  refuse(error: unknown): void {
    this.#waiting?.fail(error);
    this.#waiting = undefined;
  }
}
