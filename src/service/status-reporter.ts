/** Keeps the status of every component of a service, and tells each move that is legal. */
import { mayMove, type Status, type StatusEvent } from "../component/status.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";

/** Hears of every move. What it throws is logged, and stops nothing. */
export type StatusListener = (event: StatusEvent) => void;

export class StatusReporter {
  readonly #status = new Map<string, Status>();
  readonly #logger: Logger;
  readonly #listeners: readonly StatusListener[];

  constructor(logger: Logger, listeners: readonly StatusListener[]) {
    this.#logger = logger;
    this.#listeners = listeners;
  }

  /** The component's present status. */
  status(id: ComponentId): Status {
    return this.#status.get(id.toString()) ?? "None";
  }

  /** Moves a component, or throws and leaves it where it is.
   * @throws {FerruleError} `INVALID_ARGUMENT` for a move that is not legal */
  report(id: ComponentId, status: Status, error?: Error): void {
    const from = this.status(id);
    if (!mayMove(from, status)) {
      const text = `cannot transition from Status${from} to Status${status}: invalid state transition`;
      throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true, componentId: id.toString() });
    }
    this.#status.set(id.toString(), status);
    this.#log(id, status, error);
    for (const listener of this.#listeners)
      this.#tell(listener, { id, status, ...(error === undefined ? {} : { error }) });
  }

  /**
   * Moves a component if that is legal. The service itself reports so: after a component's fatal error there is
   * nothing to add.
   */
  tryReport(id: ComponentId, status: Status, error?: Error): void {
    if (mayMove(this.status(id), status)) this.report(id, status, error);
  }

  /** After a clean start: OK, unless the component has said something else of itself meanwhile. */
  okIfStarting(id: ComponentId): void {
    if (this.status(id) === "Starting") this.report(id, "OK");
  }

  #log(id: ComponentId, status: Status, error: Error | undefined): void {
    const fields = { component: id.toString(), status };
    const message = `extension status: ${status}`;
    if (error === undefined) this.#logger.info(fields, message);
    else if (status === "RecoverableError") this.#logger.warn({ ...fields, error: error.message }, message);
    else this.#logger.error({ ...fields, error: error.message }, message);
  }

  #tell(listener: StatusListener, event: StatusEvent): void {
    const failed = (error: unknown): void => {
      this.#logger.error({ component: event.id.toString(), error: messageOf(error) }, "status listener failed");
    };
    try {
      // An async one fails later, and is as harmless.
      const answered: unknown = listener(event);
      if (answered instanceof Promise) answered.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
