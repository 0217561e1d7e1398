/** `ferrule run`, and `ferrule` alone: the service, until a signal or a fatal error ends it. */

import { peekLogLevel } from "../config/service-section.ts";
import type { Conf } from "../confmap/conf.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import { FerruleError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { Service } from "../service/service.ts";
import { type Distribution, hasPipelines } from "./distribution.ts";
import { takeEarlySignal } from "./early-signals.ts";
import { exit, outliveReaders } from "./exit.ts";
import { decode, type LoadOptions, load } from "./load.ts";
import { openLog } from "./log.ts";
import { stderr } from "./output.ts";
import type { Level } from "./pretty.ts";
import { reportError } from "./report.ts";
import { watchSignals } from "./signals.ts";
import { withExtensions } from "./with-extensions.ts";

export interface RunOptions extends LoadOptions {
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
    const conf = await load(distribution, options);
    if (hasPipelines(distribution)) return await exit(await refusePipelines(distribution, options, conf));
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
  const library = options.library ?? (distribution.library || undefined);
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

/** What is wrong with the file is told first: that much is known of pipelines already. */
async function refusePipelines(distribution: Distribution, options: RunOptions, conf: Conf): Promise<number> {
  try {
    await withExtensions(distribution, options, (extensions) => decode(distribution, conf, extensions));
    const text = "this version of ferrule runs extensions only: pipelines can be validated and printed";
    throw new FerruleError("INVALID_STATE", text, { permanent: true });
  } catch (error) {
    const invalid = error instanceof InvalidConfigError && error.stage === "validate";
    reportError(invalid ? error.withFrame("invalid configuration: ") : error, conf);
    return 1;
  }
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
