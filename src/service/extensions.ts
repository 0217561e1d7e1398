/** Every extension of one service: created together, started in order, stopped in reverse. */
import { type Limit, withinDeadline } from "../component/deadline.ts";
import type { Extension } from "../component/extension.ts";
import type { Host } from "../component/host.ts";
import { RustExtension } from "../component/rust-extension.ts";
import type { BuildInfo } from "../component/settings.ts";
import { StartCancelled } from "../component/start-cancelled.ts";
import type { ServiceConfig } from "../config/service-config.ts";
import type { Context } from "../core/context.ts";
import { messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import { componentLogger } from "./logger.ts";
import { orderByDependencies } from "./order.ts";
import { componentIdOf, ServiceError } from "./service-error.ts";
import type { StatusReporter } from "./status-reporter.ts";
import type { StopRequest } from "./stop-request.ts";

interface Component {
  readonly id: ComponentId;
  readonly extension: Extension;
}

type Step = (context: Context) => Promise<void> | undefined;

export { StartCancelled };

/** How long a step may take. */
export interface StepOptions {
  readonly timeout: number;
}

/** The same of a step of the start, which the wish to stop cancels. */
export interface StartOptions extends StepOptions {
  readonly stop: StopRequest;
}

/** A step of the start that is under way. */
interface StepUnderWay {
  readonly id: string;
  /** Resolves, and never rejects, when it is known how the step ended. */
  readonly ended: Promise<void>;
}

export class Extensions {
  /** In the order of their start. */
  readonly #components: readonly Component[];
  readonly #logger: Logger;
  #underWay: StepUnderWay | undefined;

  private constructor(components: readonly Component[], logger: Logger) {
    this.#components = components;
    this.#logger = logger;
  }

  /** Creates what `service::extensions` lists, in its order, then finds the order of the start. Nothing is started.
   * What is listed twice is created once: nobody would shut the other one down.
   * @throws {ServiceError} for an extension that could not be created
   * @throws {FerruleError} `CONFIG_INVALID` for dependencies that cannot be met */
  static async build(config: ServiceConfig, logger: Logger, buildInfo: BuildInfo): Promise<Extensions> {
    const created = new Map<string, Component>();
    const dependencies = new Map<string, readonly string[]>();
    for (const id of config.service.extensions) {
      if (created.has(id.toString())) continue;
      const configured = config.extensions.get(id.toString());
      if (configured === undefined)
        throw failedCreate(id, new Error(`extension ${quote(id.toString())} is not configured`));
      const { factory, config: own } = configured;
      let extension: Extension | undefined;
      try {
        extension = await factory.create({ id, logger: componentLogger(logger, id), buildInfo }, own);
        dependencies.set(id.toString(), factory.dependencies?.(own).map(String) ?? []);
      } catch (error) {
        throw failedCreate(id, error);
      }
      // A factory in TypeScript may be wrong about its type.
      if (!extension) throw named(new Error(`factory for ${quote(id.toString())} produced a nil extension`), id);
      created.set(id.toString(), { id, extension });
    }
    const order = orderByDependencies([...created.keys()], dependencies);
    return new Extensions(
      order.map((id) => created.get(id)!),
      logger,
    );
  }

  /** By id, in the order of their start. */
  get byId(): ReadonlyMap<string, Extension> {
    return new Map(this.#components.map(({ id, extension }) => [id.toString(), extension]));
  }

  /** The ids of those that Rust knows. */
  get rustIds(): readonly string[] {
    return this.#components
      .filter(({ extension }) => extension instanceof RustExtension)
      .map(({ id }) => id.toString());
  }

  /** The id object for its text; undefined for a component of someone else. */
  idOf(text: string): ComponentId | undefined {
    return this.#components.find(({ id }) => id.toString() === text)?.id;
  }

  /** The step of the start that this component is in: resolves, and never rejects, when it has ended. */
  underWay(id: ComponentId): Promise<void> | undefined {
    return this.#underWay?.id === id.toString() ? this.#underWay.ended : undefined;
  }

  /** Starts one after the other. The first failure ends it.
   * @throws {StartCancelled} when the stop was requested first */
  async start(host: Host, options: StartOptions, reporter: StatusReporter): Promise<void> {
    for (const { id, extension } of this.#components) {
      if (options.stop.requested) throw new StartCancelled();
      reporter.tryReport(id, "Starting");
      const ended = this.#begin(id);
      try {
        await this.#startStep(id, "start", options, (context) => extension.start(context, host));
      } catch (error) {
        this.#throwIfCancelled(id, error, options);
        const failure = named(error, id);
        reporter.tryReport(id, "PermanentError", failure);
        throw failure;
      } finally {
        ended();
      }
      reporter.okIfStarting(id);
    }
  }

  /** Tells each that everything has started. The first failure ends it. */
  async notifyReady(options: StartOptions): Promise<void> {
    for (const { id, extension } of this.#components) {
      if (options.stop.requested) throw new StartCancelled();
      const ended = this.#begin(id);
      try {
        await this.#startStep(id, "take the ready notification", options, (context) => extension.ready?.(context));
      } catch (error) {
        this.#throwIfCancelled(id, error, options);
        throw new ServiceError(
          `failed to notify extension ${quote(id.toString())}: ${messageOf(error)}`,
          [error],
          id.toString(),
        );
      } finally {
        ended();
      }
    }
  }

  /** Tells each that the service stops, past every failure. Returns the failures. */
  async notifyNotReady(options: StepOptions): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const { id, extension } of this.#components) {
      const step = this.#step(id, "take the not-ready notification", options, (context) =>
        extension.notReady?.(context),
      );
      await step.catch((error: unknown) => errors.push(named(error, id)));
    }
    return errors;
  }

  /** Shuts all down in reverse, those included that never started, past every failure. Returns the failures. */
  async shutdown(options: StepOptions, reporter: StatusReporter): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const { id, extension } of this.#components.toReversed()) {
      reporter.tryReport(id, "Stopping");
      try {
        await this.#step(id, "shut down", options, (context) => extension.shutdown(context));
        reporter.tryReport(id, "Stopped");
      } catch (error) {
        const failure = named(error, id);
        reporter.tryReport(id, "PermanentError", failure);
        errors.push(failure);
      }
    }
    return errors;
  }

  #step(id: ComponentId, step: string, { timeout }: StepOptions, run: Step, signal?: AbortSignal): Promise<void> {
    const limit: Limit = { timeout, componentId: id.toString(), step, ...(signal === undefined ? {} : { signal }) };
    return withinDeadline(limit, run);
  }

  #startStep(id: ComponentId, step: string, options: StartOptions, run: Step): Promise<void> {
    return this.#step(id, step, options, run, options.stop.signal);
  }

  /** A step of the start begins. What is answered says that it has ended, after its outcome was looked at. */
  #begin(id: ComponentId): () => void {
    let end!: () => void;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#underWay = { id: id.toString(), ended };
    return () => {
      this.#underWay = undefined;
      end();
    };
  }

  #throwIfCancelled(id: ComponentId, error: unknown, { stop }: StartOptions): void {
    if (!stop.signal.aborted) return;
    this.#logger.info({ component: id.toString(), reason: messageOf(error) }, "start cancelled");
    throw new StartCancelled();
  }
}

function failedCreate(id: ComponentId, error: unknown): ServiceError {
  return new ServiceError(
    `failed to create extension ${quote(id.toString())}: ${messageOf(error)}`,
    [error],
    id.toString(),
  );
}

/** The error, with its component: Rust's have it, a TypeScript component's may not. */
function named(error: unknown, id: ComponentId): Error {
  if (error instanceof Error && componentIdOf(error) !== undefined) return error;
  return new ServiceError(messageOf(error), [error], id.toString());
}
