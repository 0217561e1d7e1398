/**
 * Keeps the status of everything that runs in a service, and tells each move that is legal. A listener may itself
 * report: its events wait until everybody has heard the one before, so that all hear the same order.
 */
import { isErrorStatus, isStatus, mayMove, type Status, type StatusEvent } from "../component/status.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { InstanceId } from "../core/instance-id.ts";
import type { Logger } from "../core/logger.ts";

/** Hears of every move. What it throws is logged, and stops nothing. */
export type StatusListener = (event: StatusEvent) => void;

/** What starts and stops components needs of a reporter. */
export interface Reporter {
  /** Reports a move if that is legal. */
  tryReport(instance: InstanceId, status: Status, error?: Error): void;
  /** After a clean start: OK, unless the component has said something else of itself meanwhile. */
  okIfStarting(instance: InstanceId): void;
}

/** Events that are told in one turn: listeners that answer each other for ever must not stop the process. */
const TURN_MAX = 1_000;

export interface ReporterOptions {
  readonly logger: Logger;
  /** In the order in which they hear. */
  readonly listeners: readonly StatusListener[];
  /** Hears of a fatal error at once, before all listeners. */
  readonly onFatal?: StatusListener;
}

export class StatusReporter implements Reporter {
  readonly #status = new Map<string, Status>();
  readonly #options: ReporterOptions;
  /** Moves that not everybody has heard yet. */
  readonly #untold: StatusEvent[] = [];
  #isTelling = false;
  #isClosed = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** The present status of something that runs. */
  status(instance: InstanceId): Status {
    return this.#status.get(instance.toString()) ?? "None";
  }

  /** Moves something that runs, or throws and leaves it where it is.
   * @throws {FerruleError} `INVALID_ARGUMENT` for a move that is not legal */
  report(instance: InstanceId, status: Status, error?: Error): void {
    const from = this.status(instance);
    if (!mayMove(from, status)) {
      const text = `cannot transition from Status${from} to Status${status}: invalid state transition`;
      throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true, componentId: instance.id.toString() });
    }
    this.#status.set(instance.toString(), status);
    const why = error === undefined ? {} : { error };
    const event: StatusEvent = { instance, id: instance.id, status, ...why };
    this.#log(event);
    if (status === "FatalError") this.#options.onFatal?.(event);
    this.#untold.push(event);
    if (!this.#isTelling) this.#tellAll();
  }

  tryReport(instance: InstanceId, status: Status, error?: Error): void {
    if (mayMove(this.status(instance), status)) this.report(instance, status, error);
  }

  okIfStarting(instance: InstanceId): void {
    if (this.status(instance) === "Starting") this.report(instance, "OK");
  }

  /** What a component says of itself: heard from its start until the service has ended.
   * @throws {FerruleError} `INVALID_ARGUMENT` for what is no status */
  reportOf(instance: InstanceId): (status: Status, error?: Error) => void {
    return (status, error) => {
      const componentId = instance.id.toString();
      if (!isStatus(status)) {
        throw new FerruleError("INVALID_ARGUMENT", `there is no status ${messageOf(status)}`, {
          permanent: true,
          componentId,
        });
      }
      const from = this.status(instance);
      const isHeard = !this.#isClosed && from !== "None" && mayMove(from, status);
      if (isHeard) this.report(instance, status, error);
      else this.#options.logger.debug({ component: componentId, from, status }, "passed over a status report");
    };
  }

  /** Components are not heard any more. */
  close(): void {
    this.#isClosed = true;
  }

  #log({ instance, id, status, error }: StatusEvent): void {
    const { logger } = this.#options;
    const pipelines = instance.pipelines.length === 0 ? {} : { pipelines: instance.pipelines.map(String) };
    const fields = { component: id.toString(), ...pipelines, status };
    const message = `${instance.kind.toLowerCase()} status: ${status}`;
    const why = error === undefined ? fields : { ...fields, error: messageOf(error) };
    if (error === undefined || !isErrorStatus(status)) logger.info(why, message);
    else if (status === "RecoverableError") logger.warn(why, message);
    else logger.error(why, message);
  }

  #tellAll(): void {
    this.#isTelling = true;
    for (let told = 0; told < TURN_MAX && this.#untold.length > 0; told++) {
      const event = this.#untold.shift()!;
      for (const listener of this.#options.listeners) this.#tell(listener, event);
    }
    if (this.#untold.length > 0) setImmediate(() => this.#tellAll());
    else this.#isTelling = false;
  }

  #tell(listener: StatusListener, event: StatusEvent): void {
    const failed = (error: unknown): void => {
      const fields = { component: event.id.toString(), error: messageOf(error) };
      this.#options.logger.error(fields, "status listener failed");
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
