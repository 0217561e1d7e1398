/** Rust's events reach the user: log records their logger, statuses their listener. */
import { type Logger, silentLogger } from "../core/logger.ts";
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
  onStatus: ((report: StatusReport) => void) | undefined;

  constructor(
    logger: Logger = silentLogger,
    onStatus: ((report: StatusReport) => void) | undefined,
    onFault: (text: string) => void,
  ) {
    this.#logger = logger;
    this.onStatus = onStatus;
    this.#onFault = onFault;
  }

  /** Hands an event on. What a user's logger or listener throws is theirs: it does not stop the ring. */
  take(kind: number, payload: Uint8Array): void {
    const text = decoder.decode(payload);
    switch (kind) {
      case EVENT_LOG:
        guard(() => this.#log(text));
        break;
      case EVENT_STATUS:
        guard(() => this.onStatus?.(JSON.parse(text) as StatusReport));
        break;
      case EVENT_FAULT:
        this.#onFault(text);
        break;
      default:
        this.#onFault(`event ring: kind is ${kind}`);
    }
  }

  #log(text: string): void {
    const { level, message, target, component, fields } = JSON.parse(text) as LogRecord;
    const about = component === undefined ? { target } : { component, target };
    this.#logger[level === "trace" ? "debug" : level]({ ...fields, ...about }, message);
  }
}

function guard(hand: () => void): void {
  try {
    hand();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
