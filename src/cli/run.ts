/** `ferrule run`, and `ferrule` alone: the service, until a signal or a fatal error ends it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { peekLogLevel } from "../config/service-section.ts";
import type { Logger } from "../core/logger.ts";
import type { ReloadMode } from "../service/options.ts";
import { Service } from "../service/service.ts";
import type { Distribution } from "./distribution.ts";
import { takeEarlySignal } from "./early-signals.ts";
import { exit, outliveReaders } from "./exit.ts";
import { type LoadOptions, resolverFor } from "./load.ts";
import { openLog } from "./log.ts";
import { stderr } from "./output.ts";
import type { Level } from "./pretty.ts";
import { reportError } from "./report.ts";
import { watchSignals } from "./signals.ts";
import { Sources } from "./sources.ts";

export interface RunOptions extends LoadOptions {
  readonly logLevel?: Level;
  /** Milliseconds. */
  readonly shutdownDelay?: number;
  readonly reload?: ReloadMode;
}

/** Runs the service, and ends the process: an extension that left a timer or a server open must not keep it.
 * @throws {FerruleError} when there is no configuration to run */
export async function run(distribution: Distribution, options: RunOptions): Promise<never> {
  // From the first moment: a signal that comes before there is a service to stop keeps it from starting.
  let running: Prepared | undefined;
  let early: string | undefined;
  const unwatch = watchSignals({
    stop: (signal) => {
      if (running === undefined) early = signal;
      else stop(running, signal);
    },
    force: (signal) => {
      stderr.write(`Error: ${signal} again: stopped by force, without waiting for the extensions\n`);
      process.exit(1);
    },
    reload: (signal) => {
      // Before there is a service, the configuration has still to be read anyway.
      if (running !== undefined) reload(running, signal);
    },
  });
  early ??= takeEarlySignal();
  outliveReaders();
  let code: number;
  try {
    const sources = await Sources.open(resolverFor(distribution, options), !isUnderDev());
    running = await prepare(distribution, options, sources);
    // A signal that came while all of this kept the thread is heard in a turn of the event loop.
    await nextTurn();
    if (early !== undefined) stop(running, early);
    code = await runToEnd(running.service, sources);
  } finally {
    unwatch();
  }
  return exit(code);
}

/** `ferrule dev` sees changes itself, and starts what it runs anew. */
function isUnderDev(): boolean {
  return process.env.FERRULE_DEV === "1";
}

interface Prepared {
  readonly service: Service;
  readonly logger: Logger;
}

async function prepare(distribution: Distribution, options: RunOptions, sources: Sources): Promise<Prepared> {
  const { library: own, ...brought } = distribution;
  const library = options.library ?? own;
  const logLevel = options.logLevel ?? peekLogLevel(sources.conf) ?? "info";
  const logger = await openLog(logLevel);
  const service = new Service({
    ...brought,
    config: sources,
    ...(library === undefined ? {} : { library }),
    runtimeOptions: { logLevel },
    logger,
    shutdownDelay: options.shutdownDelay ?? 0,
    ...(options.reload === undefined ? {} : { reload: options.reload }),
  });
  return { service, logger };
}

function stop({ service, logger }: Prepared, signal: string): void {
  logger.info({ signal }, "stopping on a signal");
  // run() rejects with the same reason, and that is where it is reported.
  service.shutdown().catch(() => undefined);
}

function reload({ service, logger }: Prepared, signal: string): void {
  logger.info({ signal }, "reading the configuration anew on a signal");
  // What is wrong is in the log, and ends the run where it must.
  service.reload().catch(() => undefined);
}

async function runToEnd(service: Service, sources: Sources): Promise<number> {
  try {
    await service.run();
    if (service.fatalError === undefined) return 0;
    reportError(service.fatalError, sources.conf);
  } catch (error) {
    reportError(error, sources.conf);
  }
  return 1;
}
