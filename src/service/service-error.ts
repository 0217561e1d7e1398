/** Errors of a service: the first one first, in the Collector's frames. */
import { FerruleError, messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";

/** What ended a service. `cause` is the first thing that failed. */
export class ServiceError extends FerruleError {
  override name = "ServiceError";
  /** Everything that failed, in the order in which it did. */
  readonly errors: readonly unknown[];

  constructor(message: string, errors: readonly unknown[], componentId = componentIdOf(errors[0])) {
    super("SERVICE_FAILED", message, { cause: errors[0], ...(componentId === undefined ? {} : { componentId }) });
    this.errors = errors;
  }
}

/** `frame: first; second`, or undefined when nothing failed. */
export function framed(frame: string, errors: readonly unknown[]): ServiceError | undefined {
  return errors.length === 0 ? undefined : new ServiceError(`${frame}: ${errors.map(messageOf).join("; ")}`, errors);
}

/** One error as it is, several joined by `; `. */
export function joined(errors: readonly unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new ServiceError(errors.map(messageOf).join("; "), errors);
}

/** The component that an error names. */
export function componentIdOf(error: unknown): string | undefined {
  return error instanceof FerruleError ? error.componentId : undefined;
}

/** The error, with its component: Rust's have it, a TypeScript component's may not. */
export function named(error: unknown, id: ComponentId): Error {
  if (error instanceof Error && componentIdOf(error) !== undefined) return error;
  return new ServiceError(messageOf(error), [error], id.toString());
}

/** A start that failed, after what had started was shut down again. */
export class StartFailed extends Error {
  /** The first one first. */
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    super();
    this.errors = errors;
  }
}
