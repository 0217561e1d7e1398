/** `ferrule run`, and `ferrule` alone: the service, until a signal or a fatal error ends it. */

import { peekLogLevel } from "../config/service-section.ts";
import type { Conf } from "../confmap/conf.ts";
import { resolveFiles } from "../confmap/resolve.ts";
import type { Logger } from "../core/logger.ts";
import { Service } from "../service/service.ts";
import type { Distribution } from "./distribution.ts";
import { takeEarlySignal } from "./early-signals.ts";
import { exit, outliveReaders } from "./exit.ts";
import { openLog } from "./log.ts";
import { stderr } from "./output.ts";
import type { Level } from "./pretty.ts";
import { reportError } from "./report.ts";
import { watchSignals } from "./signals.ts";

export interface RunOptions {
  readonly config?: readonly string[];
  readonly library?: string;
  readonly logLevel?: Level;
  /** Milliseconds. */
  readonly shutdownDelay?: number;
}

/** Runs the service, and ends the process: an extension that left a timer or a server open must not keep it.
 * @throws {FerruleError} when there is no configuration to run */
export async function run(distribution: Distribution, options: RunOptions): Promise<never> {
  // From the first moment: a signal that comes before there is a service to stop keeps it from starting.
  let stop: ((signal: string) => void) | undefined;
  let early: string | undefined;
  const unwatch = watchSignals({
    stop: (signal) => {
      if (stop === undefined) early = signal;
      else stop(signal);
    },
    force: (signal) => {
      stderr.write(`Error: ${signal} again: stopped by force, without waiting for the extensions\n`);
      process.exit(1);
    },
  });
  early ??= takeEarlySignal();
  outliveReaders();
  let code: number;
  try {
    const conf = await resolveFiles(options.config ?? []);
    const { service, logger } = await prepare(distribution, options, conf);
    stop = (signal) => {
      logger.info({ signal }, "stopping on a signal");
      // run() rejects with the same reason, and that is where it is reported.
      service.shutdown().catch(() => undefined);
    };
    if (early !== undefined) stop(early);
    code = await runToEnd(service, conf);
  } finally {
    unwatch();
  }
  return exit(code);
}

interface Prepared {
  readonly service: Service;
  readonly logger: Logger;
}

async function prepare(distribution: Distribution, options: RunOptions, conf: Conf): Promise<Prepared> {
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
  return { service, logger };
}

async function runToEnd(service: Service, conf: Conf): Promise<number> {
  try {
    await service.run();
    if (service.fatalError === undefined) return 0;
    reportError(service.fatalError, conf);
  } catch (error) {
    reportError(error, conf);
  }
  return 1;
}
