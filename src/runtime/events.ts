/** Rust's events reach the user: log records their logger, statuses their listener. */
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { EVENT_FAULT, EVENT_LOG, EVENT_STATUS } from "../ring/layout.generated.ts";
import type { StatusReport } from "./types.ts";

interface LogRecord {
  readonly level: "trace" | "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly target: string;
  readonly component?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const decoder = new TextDecoder();

export class EventSink {
  readonly #logger: Logger;
  readonly #onFault: (text: string) => void;
  readonly #listeners = new Set<(report: StatusReport) => void>();

  /** @param logger must not throw */
  constructor(logger: Logger, onFault: (text: string) => void) {
    this.#logger = logger;
    this.#onFault = onFault;
  }

  addListener(listener: (report: StatusReport) => void): () => void {
    // An object of its own: the same function may listen twice, and stop once.
    const own = (report: StatusReport): void => listener(report);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  removeListeners(): void {
    this.#listeners.clear();
  }

  /** Hands an event on. */
  take(kind: number, payload: Uint8Array): void {
    const text = decoder.decode(payload);
    switch (kind) {
      case EVENT_LOG:
        this.#log(this.#parse(text) as LogRecord | undefined);
        break;
      case EVENT_STATUS:
        this.#tell(this.#parse(text) as StatusReport | undefined);
        break;
      case EVENT_FAULT:
        this.#onFault(text);
        break;
      default:
        this.#onFault(`event ring: kind is ${kind}`);
    }
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      this.#onFault(`event ring: an event is no JSON: ${messageOf(error)}`);
      return undefined;
    }
  }

  #log(record: LogRecord | undefined): void {
    if (record === undefined) return;
    const { level, message, target, component, fields } = record;
    const about = component === undefined ? { target } : { component, target };
    this.#logger[level === "trace" ? "debug" : level]({ ...fields, ...about }, message);
  }

  /** What a listener throws is its author's: it does not stop the ring. */
  #tell(report: StatusReport | undefined): void {
    if (report === undefined) return;
    for (const listener of [...this.#listeners]) {
      try {
        listener(report);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}
