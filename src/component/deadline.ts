/** Bounds one step of one component's life in time, and names the component when it is too slow. */
import { LinkedAbort } from "../core/abort.ts";
import type { Context } from "../core/context.ts";
import { DeadlineError } from "../core/errors.ts";
import type { ComponentKind } from "../core/instance-id.ts";

/** The longest time that a timer of Node can wait. Longer means no limit. */
const TIMER_MAX = 2 ** 31 - 1;

export interface Limit {
  /** Milliseconds. */
  readonly timeout: number;
  /** Which component's step it is. */
  readonly componentId?: string;
  /** What that is; an extension unless given. */
  readonly kind?: ComponentKind;
  /** Who it is, where it is no component. */
  readonly subject?: string;
  /** What was not done in time, for the sentence `extension "x" did not <step> within 30000 ms`. */
  readonly step: string;
  /** Cancels the step. It is still waited for: only the component knows when it is safe to go on. */
  readonly signal?: AbortSignal;
  /** How the limit reads in that sentence, where it is not the step's own. */
  readonly whole?: string;
  /** Called when the step is left behind. */
  readonly onLate?: () => void;
}

/** Runs a step. At its deadline the context's signal is aborted, and the step is left behind.
 * @throws {DeadlineError} naming the component, or what the step rejected with */
export async function withinDeadline(
  limit: Limit,
  step: (context: Context) => Promise<void> | undefined,
): Promise<void> {
  const { timeout, componentId, kind = "Extension", signal } = limit;
  const { subject = `${kind.toLowerCase()} "${componentId}"`, whole = `${timeout} ms` } = limit;
  const named = componentId === undefined ? {} : { componentId };
  const abort = new LinkedAbort(signal);
  const bounded = timeout <= TIMER_MAX;
  const began = performance.now();
  const tooSlow = (cause?: unknown): DeadlineError =>
    new DeadlineError(`${subject} did not ${limit.step} within ${whole}`, { ...named, cause });
  let timer: NodeJS.Timeout | undefined;
  let expiry: DeadlineError | undefined;
  const expired = new Promise<never>((_, reject) => {
    if (!bounded) return;
    timer = setTimeout(() => {
      expiry = tooSlow();
      limit.onLate?.();
      // Rejected before the abort: a component that answers the abort at once must not hide the reason.
      reject(expiry);
      abort.abort(expiry);
    }, timeout);
  });
  const context = { signal: abort.signal, ...(bounded ? { deadline: timeout } : {}) };
  try {
    await Promise.race([(async () => step(context))(), expired]);
  } catch (error) {
    // The context's deadline is the same as the timer's, and Rust may see it first.
    const sawItFirst = bounded && error instanceof DeadlineError && performance.now() - began >= timeout;
    throw sawItFirst && error !== expiry ? tooSlow(error) : error;
  } finally {
    clearTimeout(timer);
    abort.unlink();
  }
}
