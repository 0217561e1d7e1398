/** Errors of pipelines: of building, starting and stopping them, and of several consumers at once. */
import { FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";

/** Pipelines could not be built, or a component of theirs failed. The text is the Collector's. */
export class PipelineError extends FerruleError {
  override name = "PipelineError";

  /** @param componentId whose failure it is; of a cause that names one, that one */
  constructor(message: string, cause?: unknown, componentId?: ComponentId) {
    const id = (cause instanceof FerruleError ? cause.componentId : undefined) ?? componentId?.toString();
    super("SERVICE_FAILED", message, { cause, ...(id === undefined ? {} : { componentId: id }) });
  }
}

/** The error, with its component: what a component throws need not name it. */
export function named(error: unknown, id: ComponentId): Error {
  if (error instanceof FerruleError && error.componentId !== undefined) return error;
  return new PipelineError(messageOf(error), error, id);
}

/** Several consumers refused the same data. `cause` is the first one's reason. */
export class ConsumersError extends FerruleError {
  override name = "ConsumersError";
  /** Why each of them did, in the order in which they were asked. */
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    const typed = errors.filter((error) => error instanceof FerruleError);
    // Sent again, the data would reach all of them again: who refused it for good would do so once more.
    const permanent = typed.some((error) => error.permanent);
    const retryable = typed.length === errors.length && typed.every((error) => error.retryable);
    const code = typed[0]?.code ?? "EXTENSION_ERROR";
    super(code, errors.map(messageOf).join("; "), { cause: errors[0], permanent, retryable });
    this.errors = errors;
  }
}

/** Throws what several consumers threw: nothing for none, one as it is, more of them joined. */
export function throwJoined(errors: readonly unknown[]): void {
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  throw new ConsumersError(errors.flatMap((error) => (error instanceof ConsumersError ? error.errors : [error])));
}
