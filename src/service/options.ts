/** What a service is given. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { PipelineFactories } from "../component/pipeline-factory.ts";
import type { BuildInfo } from "../component/settings.ts";
import { FerruleError, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { OpenOptions, RustRuntime } from "../runtime/types.ts";
import type { Limits } from "./budget.ts";
import type { ConfigSources, ConfigValues } from "./config-input.ts";
import type { StatusListener } from "./status-reporter.ts";

/** Where a service is in its life, which it lives once. */
export type ServiceState = "Starting" | "Running" | "Closing" | "Closed";

const RELOADS = ["restart", "checked"] as const;

/**
 * What a reload does first. `restart` stops, then builds and starts anew: a failure ends the run, as the Collector's
 * does. `checked` builds what is new before it stops anything: what cannot be built leaves the old one running.
 */
export type ReloadMode = (typeof RELOADS)[number];

export interface ServiceOptions extends PipelineFactories {
  /**
   * The whole configuration: a `Resolver`, which is read again at each reload, is watched, and is shut down at the end;
   * what `resolveFiles` read; or plain values with the sections `extensions` and `service`.
   */
  readonly config: ConfigValues | ConfigSources;
  /** An open library, which stays open when the service ends. Without one the service opens `library` and closes it. */
  readonly runtime?: RustRuntime;
  /** Path of a Rust library. Without one the bundled library is opened; with false none. */
  readonly library?: string | false;
  /** How the service opens its library. Logs go to `logger` in any case. */
  readonly runtimeOptions?: Omit<OpenOptions, "logger" | "onStatus">;
  /** Factories of TypeScript extensions, beside those of the library. */
  readonly factories?: readonly ExtensionFactory[];
  /** The default of `service::telemetry`; ferrule's own, which knows `logs::level`, unless given. */
  readonly telemetry?: unknown;
  /** `restart` unless given. */
  readonly reload?: ReloadMode;
  /** Drops everything unless given. */
  readonly logger?: Logger;
  /** What components hear of the program that runs them. ferrule's own unless given. */
  readonly buildInfo?: BuildInfo;
  /** Milliseconds for the start, and for the ready notification, of each extension. 30,000 unless given. */
  readonly startTimeout?: number;
  /** Milliseconds for the shutdown, and for the not-ready notification, of each extension. 30,000 unless given. */
  readonly shutdownTimeout?: number;
  /** Milliseconds for the whole start: all extensions, then all pipelines. 300,000 unless given. */
  readonly startTimeoutTotal?: number;
  /** Milliseconds for the whole shutdown, without the delay. 300,000 unless given. */
  readonly shutdownTimeoutTotal?: number;
  /**
   * Milliseconds between the not-ready notifications and the first shutdown, in which health checks can show it. None
   * unless given.
   */
  readonly shutdownDelay?: number;
  /** Hears each move of the status of each component. */
  readonly onStatus?: StatusListener;
  /** Hears each state of the service when it begins, but for the first. What it throws is logged. */
  readonly onState?: (state: ServiceState) => void;
}

const TIMEOUT = 30_000;
const TIMEOUT_TOTAL = 300_000;

/** How long the start, and the shutdown, may take. */
export function limitsOf(options: ServiceOptions): { readonly startLimits: Limits; readonly shutdownLimits: Limits } {
  const { startTimeout: start = TIMEOUT, shutdownTimeout: shutdown = TIMEOUT } = options;
  const { startTimeoutTotal = TIMEOUT_TOTAL, shutdownTimeoutTotal = TIMEOUT_TOTAL } = options;
  return {
    startLimits: { each: start, total: startTimeoutTotal },
    shutdownLimits: { each: shutdown, total: shutdownTimeoutTotal },
  };
}

/** Tells `onState`, whatever it does. */
export function stateTeller({ onState }: ServiceOptions, logger: Logger): (state: ServiceState) => void {
  return (state) => {
    try {
      onState?.(state);
    } catch (error) {
      logger.error({ state, error: messageOf(error) }, "state listener failed");
    }
  };
}

/** Milliseconds of the longest timer that JavaScript has. */
const TIMER_MAX = 2 ** 31 - 1;

const TIMES = [
  "startTimeout",
  "shutdownTimeout",
  "startTimeoutTotal",
  "shutdownTimeoutTotal",
  "shutdownDelay",
] as const;

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** @throws {FerruleError} `INVALID_ARGUMENT` for an option that is none */
export function checkOptions(options: ServiceOptions): void {
  const refuse = (name: string, wanted: string, got: unknown): never => {
    throw new FerruleError("INVALID_ARGUMENT", `${name} must be ${wanted}, got ${messageOf(got)}`, { permanent: true });
  };
  if (typeof options !== "object" || options === null) refuse("options", "an object with a config", options);
  if (typeof options.config !== "object" || options.config === null) refuse("config", "an object", options.config);
  for (const name of TIMES) {
    const value = options[name];
    const fits = value === undefined || (typeof value === "number" && value >= 0 && value <= TIMER_MAX);
    if (!fits) refuse(name, `a number of milliseconds from 0 to ${TIMER_MAX}`, value);
  }
  for (const name of ["onStatus", "onState"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function") refuse(name, "a function", options[name]);
  }
  const { reload } = options;
  if (reload !== undefined && !RELOADS.includes(reload)) refuse("reload", RELOADS.join(" or "), reload);
  const { logger, factories = [] } = options;
  if (logger !== undefined && LOG_LEVELS.some((level) => typeof logger?.[level] !== "function")) {
    refuse("logger", `an object with ${LOG_LEVELS.join(", ")}`, logger);
  }
  if (!Array.isArray(factories)) refuse("factories", "a list of extension factories", factories);
  for (const factory of factories) {
    if (typeof factory?.create !== "function") refuse("factories", "a list of extension factories", factory);
  }
}
