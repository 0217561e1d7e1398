/** `ferrule run`, and `ferrule` alone: the service, until a signal or a fatal error ends it. */

import { peekLogLevel } from "../config/service-section.ts";
import { resolveFiles } from "../confmap/resolve.ts";
import { Service } from "../service/service.ts";
import type { Distribution } from "./distribution.ts";
import { openLog } from "./log.ts";
import type { Level } from "./pretty.ts";
import { reportError, writeStderr } from "./report.ts";
import { watchSignals } from "./signals.ts";

export interface RunOptions {
  readonly config?: readonly string[];
  readonly library?: string;
  readonly logLevel?: Level;
  /** Milliseconds. */
  readonly shutdownDelay?: number;
}

/** Runs the service. Resolves with the exit code. */
export async function run(distribution: Distribution, options: RunOptions): Promise<number> {
  const conf = await resolveFiles(options.config ?? []);
  const logLevel = options.logLevel ?? peekLogLevel(conf) ?? "info";
  const logger = await openLog(logLevel);
  const library = options.library ?? distribution.library;
  const service = new Service({
    config: conf,
    ...(library === undefined ? {} : { library }),
    runtimeOptions: { logLevel },
    factories: distribution.factories ?? [],
    logger,
    buildInfo: distribution.buildInfo,
    shutdownDelay: options.shutdownDelay ?? 0,
  });
  const unwatch = watchSignals({
    stop: (signal) => {
      logger.info({ signal }, "stopping on a signal");
      // run() rejects with the same reason, and that is where it is reported.
      service.shutdown().catch(() => undefined);
    },
    force: (signal) => {
      writeStderr(`Error: ${signal} again: stopped by force, without waiting for the extensions\n`);
      process.exit(1);
    },
  });
  try {
    await service.run();
    if (service.fatalError === undefined) return 0;
    reportError(service.fatalError, conf);
  } catch (error) {
    reportError(error, conf);
  } finally {
    unwatch();
  }
  return 1;
}
