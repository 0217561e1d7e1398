/** Rust's events reach the user: log records their logger, statuses their listener, calls their handlers. */
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import {
  EVENT_CALL,
  EVENT_CALL_CANCEL,
  EVENT_CALL_PIECE,
  EVENT_FAULT,
  EVENT_LOG,
  EVENT_STATUS,
} from "../ring/layout.generated.ts";
import type { HostCalls } from "./host-calls.ts";
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
  readonly #calls: HostCalls;
  readonly #onFault: (text: string) => void;
  readonly #listeners = new Set<(report: StatusReport) => void>();

  /** @param logger must not throw */
  constructor(logger: Logger, calls: HostCalls, onFault: (text: string) => void) {
    this.#logger = logger;
    this.#calls = calls;
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

  /** Hands an event on. @throws {ProtocolError} for a call that cannot be */
  take(kind: number, payload: Uint8Array): void {
    switch (kind) {
      case EVENT_LOG:
        this.#log(this.#parse(payload) as LogRecord | undefined);
        break;
      case EVENT_STATUS:
        this.#tell(this.#parse(payload) as StatusReport | undefined);
        break;
      case EVENT_CALL:
        this.#calls.begin(payload);
        break;
      case EVENT_CALL_PIECE:
        this.#calls.goOn(payload);
        break;
      case EVENT_CALL_CANCEL:
        this.#calls.cancel(payload);
        break;
      case EVENT_FAULT:
        this.#onFault(decoder.decode(payload));
        break;
      default:
        this.#onFault(`event ring: kind is ${kind}`);
    }
  }

  #parse(payload: Uint8Array): unknown {
    try {
      return JSON.parse(decoder.decode(payload));
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
