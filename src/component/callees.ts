/**
 * What Rust extensions of a service may call of those that are written in TypeScript: their `handlers`, until they shut
 * down.
 */
import { LinkedAbort } from "../core/abort.ts";
import { FerruleError } from "../core/errors.ts";
import type { Callees, CallHandler, Handlers } from "../runtime/types.ts";
import type { Extension } from "./extension.ts";
import type { Host } from "./host.ts";

/** What stands before an extension's handlers. */
class Gate {
  /** Ends what is under way. */
  readonly #running = new Set<() => void>();
  /** The handlers as they stood when they were asked for, and what stands before each. */
  #passed: { readonly handlers: Handlers; readonly behind: Handlers } | undefined;
  #isClosed = false;

  handlers(id: string, handlers: Handlers): Handlers {
    if (this.#isClosed) {
      throw new FerruleError("SHUT_DOWN", `extension ${id} was shut down`, { permanent: true, componentId: id });
    }
    if (this.#passed?.handlers === handlers) return this.#passed.behind;
    const behind = Object.entries(handlers).map(([name, handler]) => [name, this.#before(id, handlers, handler)]);
    this.#passed = { handlers, behind: Object.fromEntries(behind) as Handlers };
    return this.#passed.behind;
  }

  #before(id: string, handlers: Handlers, handler: CallHandler): CallHandler {
    return async (payload, context) => {
      const abort = new LinkedAbort(context.signal);
      let end!: (error: FerruleError) => void;
      const ended = new Promise<never>((_, reject) => {
        end = (error) => {
          reject(error);
          abort.abort(error);
        };
      });
      const stop = (): void => end(cancelled(id));
      this.#running.add(stop);
      try {
        const answer = handler.call(handlers, payload, { ...context, signal: abort.signal });
        return await Promise.race([answer, ended]);
      } finally {
        this.#running.delete(stop);
        abort.unlink();
      }
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of [...this.#running]) stop();
  }
}

function cancelled(id: string): FerruleError {
  return new FerruleError("CANCELLED", `it was cancelled: extension ${id} is shutting down`, { componentId: id });
}

const gates = new WeakMap<Extension, Gate>();

function gateOf(extension: Extension): Gate {
  let gate = gates.get(extension);
  if (gate === undefined) {
    gate = new Gate();
    gates.set(extension, gate);
  }
  return gate;
}

/** The extensions of a host, for `StartOptions.callees`. */
export function calleesOf(host: Host): Callees {
  return (id) => {
    const extension = host.getExtensions().get(id);
    const handlers = extension?.handlers;
    return extension === undefined || handlers === undefined ? undefined : gateOf(extension).handlers(id, handlers);
  };
}

/**
 * An extension begins to shut down: calls of its handlers that are under way end with `CANCELLED`, and their signals
 * are aborted; those that come are refused with `SHUT_DOWN`.
 */
export function endHandlers(extension: Extension): void {
  gateOf(extension).close();
}
