/** Every extension of one service: started in order, stopped in reverse. */
import { endHandlers } from "../component/callees.ts";
import type { ConfigSnapshot } from "../component/config-snapshot.ts";
import type { Extension } from "../component/extension.ts";
import type { Host } from "../component/host.ts";
import { RustExtension } from "../component/rust-extension.ts";
import { StartCancelled } from "../component/start-cancelled.ts";
import type { StatusEvent } from "../component/status.ts";
import type { CollectorConfig } from "../config/service-config.ts";
import type { Context } from "../core/context.ts";
import { messageOf } from "../core/errors.ts";
import type { InstanceId } from "../core/instance-id.ts";
import type { Logger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import type { Budget } from "./budget.ts";
import { type CreatedExtension, createExtensions, type ExtensionSettings } from "./build-extensions.ts";
import { named, ServiceError } from "./service-error.ts";
import type { StatusReporter } from "./status-reporter.ts";
import type { StopRequest } from "./stop-request.ts";

type Step = (context: Context) => Promise<void> | undefined;

export { StartCancelled };

/** What bounds the steps of the start: time, and the wish to stop. */
export interface StartOptions {
  readonly budget: Budget;
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
  readonly #created: readonly CreatedExtension[];
  readonly #logger: Logger;
  #underWay: StepUnderWay | undefined;

  private constructor(created: readonly CreatedExtension[], logger: Logger) {
    this.#created = created;
    this.#logger = logger;
  }

  /** Creates all of them; starts nothing.
   * @throws what {@link createExtensions} does */
  static async build(config: CollectorConfig, settings: ExtensionSettings): Promise<Extensions> {
    return new Extensions(await createExtensions(config, settings), settings.logger);
  }

  /** By id, in the order of their start. */
  get byId(): ReadonlyMap<string, Extension> {
    return new Map(this.#created.map(({ instance, extension }) => [instance.id.toString(), extension]));
  }

  /** The ids of those that Rust knows. */
  get rustIds(): readonly string[] {
    return this.#created
      .filter(({ extension }) => extension instanceof RustExtension)
      .map(({ instance }) => instance.id.toString());
  }

  /** The one with this id; undefined for a component of someone else. */
  instanceOf(id: string): InstanceId | undefined {
    return this.#created.find(({ instance }) => instance.id.toString() === id)?.instance;
  }

  /** The step of the start that this component is in: resolves, and never rejects, when it has ended. */
  underWay(instance: InstanceId): Promise<void> | undefined {
    return instance.kind === "Extension" && this.#underWay?.id === instance.id.toString()
      ? this.#underWay.ended
      : undefined;
  }

  /** Those that want to hear of statuses, in the order of their start. */
  get watchers(): ((event: StatusEvent) => void)[] {
    return this.#created.flatMap(({ extension }) =>
      typeof extension.componentStatusChanged === "function"
        ? [(event: StatusEvent) => extension.componentStatusChanged?.(event)]
        : [],
    );
  }

  /** Starts one after the other. The first failure ends it.
   * @throws {StartCancelled} when the stop was requested first */
  async start(host: Host, options: StartOptions, reporter: StatusReporter): Promise<void> {
    for (const { instance, extension } of this.#created) {
      if (options.stop.requested) throw new StartCancelled();
      reporter.tryReport(instance, "Starting");
      const ended = this.#begin(instance);
      try {
        await this.#startStep(instance, "start", options, (context) => extension.start(context, host));
      } catch (error) {
        this.#throwIfCancelled(instance, error, options);
        const failure = named(error, instance.id);
        reporter.tryReport(instance, "PermanentError", failure);
        throw failure;
      } finally {
        ended();
      }
      reporter.okIfStarting(instance);
    }
  }

  /** Tells each which configuration runs, past every failure. Returns the failures.
   * @throws {StartCancelled} when the stop was requested first */
  async notifyConfig(snapshot: () => ConfigSnapshot, options: StartOptions): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const { instance, extension } of this.#created) {
      if (options.stop.requested) throw new StartCancelled();
      if (extension.configResolved === undefined) continue;
      const ended = this.#begin(instance);
      try {
        const step: Step = (context) => extension.configResolved?.(context, snapshot());
        await this.#startStep(instance, "take the configuration", options, step);
      } catch (error) {
        this.#throwIfCancelled(instance, error, options);
        errors.push(named(error, instance.id));
      } finally {
        ended();
      }
    }
    return errors;
  }

  /** Tells each that everything has started. The first failure ends it. */
  async notifyReady(options: StartOptions): Promise<void> {
    for (const { instance, extension } of this.#created) {
      if (options.stop.requested) throw new StartCancelled();
      const ended = this.#begin(instance);
      const id = instance.id.toString();
      try {
        await this.#startStep(instance, "take the ready notification", options, (context) =>
          extension.ready?.(context),
        );
      } catch (error) {
        this.#throwIfCancelled(instance, error, options);
        throw new ServiceError(`failed to notify extension ${quote(id)}: ${messageOf(error)}`, [error], id);
      } finally {
        ended();
      }
    }
  }

  /** Tells each that the service stops, past every failure. Returns the failures. */
  async notifyNotReady(budget: Budget): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const { instance, extension } of this.#created) {
      const step: Step = (context) => extension.notReady?.(context);
      const done = budget.run(instance.id.toString(), "take the not-ready notification", step);
      await done.catch((error: unknown) => errors.push(named(error, instance.id)));
    }
    return errors;
  }

  /** Shuts all down in reverse, those included that never started, past every failure. Returns the failures. */
  async shutdown(budget: Budget, reporter: StatusReporter): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const { instance, extension } of this.#created.toReversed()) {
      reporter.tryReport(instance, "Stopping");
      try {
        await budget.run(instance.id.toString(), "shut down", (context) => {
          endHandlers(extension);
          return extension.shutdown(context);
        });
        reporter.tryReport(instance, "Stopped");
      } catch (error) {
        const failure = named(error, instance.id);
        reporter.tryReport(instance, "PermanentError", failure);
        errors.push(failure);
      }
    }
    return errors;
  }

  #startStep(instance: InstanceId, step: string, { budget, stop }: StartOptions, run: Step): Promise<void> {
    return budget.run(instance.id.toString(), step, run, stop.signal);
  }

  /** A step of the start begins. What is answered says that it has ended, after its outcome was looked at. */
  #begin(instance: InstanceId): () => void {
    let end!: () => void;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#underWay = { id: instance.id.toString(), ended };
    return () => {
      this.#underWay = undefined;
      end();
    };
  }

  #throwIfCancelled({ id }: InstanceId, error: unknown, { stop }: StartOptions): void {
    if (!stop.signal.aborted) return;
    this.#logger.info({ component: id.toString(), reason: messageOf(error) }, "start cancelled");
    throw new StartCancelled();
  }
}
