/** What a service is given. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { BuildInfo } from "../component/settings.ts";
import type { Conf } from "../confmap/conf.ts";
import type { Logger } from "../core/logger.ts";
import type { RuntimeOptions, RustRuntime } from "../runtime/types.ts";
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
  readonly runtimeOptions?: Omit<RuntimeOptions, "logger" | "onStatus">;
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
