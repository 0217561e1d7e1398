/** What ends a service that nobody told to stop: heard at every stage, and never lost. */
import type { StatusEvent } from "../component/status.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import type { ServiceState } from "./options.ts";
import { ServiceError } from "./service-error.ts";
import type { StopRequest } from "./stop-request.ts";

/** Milliseconds in which a component that reported a fatal error may say more, by refusing the step that it is in. */
const LAST_WORDS = 1_000;

export class FatalErrors {
  readonly #stop: StopRequest;
  readonly #logger: Logger;
  readonly #state: () => ServiceState;
  #first: FerruleError | undefined;
  /** Where it fell. While everything runs, upstream's run ends without an error. */
  #fellInto: ServiceState | undefined;

  /** @param state what the service is doing, Closing also while it clears up after a failed start */
  constructor(stop: StopRequest, logger: Logger, state: () => ServiceState) {
    this.#stop = stop;
    this.#logger = logger;
    this.#state = state;
  }

  /** The one that counts: those that follow are in the log. */
  get first(): FerruleError | undefined {
    return this.#first;
  }

  /** The errors of a run with this one in its place: first if it fell into the start, last if into the stop. */
  among(errors: readonly unknown[]): readonly unknown[] {
    if (this.#fellInto === "Starting") return [this.#first, ...errors];
    return this.#fellInto === "Closing" ? [...errors, this.#first] : errors;
  }

  /** A component reported it.
   * @param step ends with the step of the start that the component is in, which may end by itself */
  hearStatus({ instance, error }: StatusEvent, step: Promise<void> | undefined): void {
    if (this.#first !== undefined) return;
    const id = instance.id.toString();
    const why = error === undefined ? "" : `: ${messageOf(error)}`;
    const text = `${instance.kind.toLowerCase()} ${quote(id)} reported a fatal error${why}`;
    this.#keep(new ServiceError(text, error === undefined ? [] : [error], id));
    if (step === undefined) this.#stop.request();
    else this.#stop.requestAfter(step, LAST_WORDS);
  }

  /** The runtime is over, and what runs in Rust with it. */
  hearRuntimeEnd(error: Error | undefined): void {
    // A service that stops does not need it any more, if it ended in order: it has shut down what it had.
    if (this.#first !== undefined || (error === undefined && this.#stop.requested)) return;
    const closed = error ?? runtimeClosed("the runtime was closed under the service");
    this.#logger.error({ error: closed.message }, "the service stops: its runtime is over");
    this.#keep(closed instanceof FerruleError ? closed : new ServiceError(closed.message, [closed]));
    this.#stop.request();
  }

  /** The configuration cannot be watched any more. As upstream: what runs could be what nobody wants. */
  hearLostSources(error: unknown): void {
    const failure = new ServiceError(`failed to watch the configuration: ${messageOf(error)}`, [error]);
    this.#logger.error({ error: failure.message }, "the service stops: its configuration cannot be watched any more");
    if (this.#first === undefined) this.#keep(failure);
    this.#stop.request();
  }

  #keep(error: FerruleError): void {
    this.#first = error;
    this.#fellInto = this.#state();
  }
}

/** The error of what needs a runtime that is over. */
export function runtimeClosed(text: string, cause?: Error): FerruleError {
  return new FerruleError("RUNTIME_CLOSED", text, { permanent: true, cause });
}
