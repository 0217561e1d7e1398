/** What a service is given. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { BuildInfo } from "../component/settings.ts";
import type { Conf } from "../confmap/conf.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { OpenOptions, RustRuntime } from "../runtime/types.ts";
import type { StatusListener } from "./status-reporter.ts";

export interface ServiceOptions {
  /**
   * The whole configuration: what `resolveFiles` read, or plain values with the sections `extensions` and `service`.
   */
  readonly config: Conf | Readonly<Record<string, unknown>>;
  /** An open library, which stays open when the service ends. Without one the service opens `library` and closes it. */
  readonly runtime?: RustRuntime;
  /** Path of a Rust library. Without one the bundled library is opened. */
  readonly library?: string;
  /** How the service opens its library. Logs go to `logger` in any case. */
  readonly runtimeOptions?: Omit<OpenOptions, "logger" | "onStatus">;
  /** Factories of TypeScript extensions, beside those of the library. */
  readonly factories?: readonly ExtensionFactory[];
  /** Drops everything unless given. */
  readonly logger?: Logger;
  /** What components hear of the program that runs them. ferrule's own unless given. */
  readonly buildInfo?: BuildInfo;
  /** Milliseconds for the start, and for the ready notification, of each extension. 30,000 unless given. */
  readonly startTimeout?: number;
  /** Milliseconds for the shutdown, and for the not-ready notification, of each extension. 30,000 unless given. */
  readonly shutdownTimeout?: number;
  /**
   * Milliseconds between the not-ready notifications and the first shutdown, in which health checks can show it. None
   * unless given.
   */
  readonly shutdownDelay?: number;
  /** Hears each move of each extension's status. */
  readonly onStatus?: StatusListener;
}

/** Milliseconds of the longest timer that JavaScript has. */
const TIMER_MAX = 2 ** 31 - 1;

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** @throws {FerruleError} `INVALID_ARGUMENT` for an option that is none */
export function checkOptions(options: ServiceOptions): void {
  const refuse = (name: string, wanted: string, got: unknown): never => {
    throw new FerruleError("INVALID_ARGUMENT", `${name} must be ${wanted}, got ${messageOf(got)}`, { permanent: true });
  };
  if (typeof options !== "object" || options === null) refuse("options", "an object with a config", options);
  if (typeof options.config !== "object" || options.config === null) refuse("config", "an object", options.config);
  for (const name of ["startTimeout", "shutdownTimeout", "shutdownDelay"] as const) {
    const value = options[name];
    const fits = value === undefined || (typeof value === "number" && value >= 0 && value <= TIMER_MAX);
    if (!fits) refuse(name, `a number of milliseconds from 0 to ${TIMER_MAX}`, value);
  }
  if (options.onStatus !== undefined && typeof options.onStatus !== "function") {
    refuse("onStatus", "a function", options.onStatus);
  }
  const { logger, factories = [] } = options;
  if (logger !== undefined && LOG_LEVELS.some((level) => typeof logger?.[level] !== "function")) {
    refuse("logger", `an object with ${LOG_LEVELS.join(", ")}`, logger);
  }
  if (!Array.isArray(factories)) refuse("factories", "a list of extension factories", factories);
  for (const factory of factories) {
    if (typeof factory?.create !== "function") refuse("factories", "a list of extension factories", factory);
  }
}
