/** The log of a running service: on stderr, so that stdout stays a command's own output. */
import type { Logger } from "../core/logger.ts";
import { stderr } from "./output.ts";
import { type Level, prettyLogger } from "./pretty.ts";

/**
 * JSON lines by pino, or readable ones when a person looks on. Written at once: the last line before an exit is the
 * one that matters.
 */
export async function openLog(level: Level): Promise<Logger> {
  const write = (line: string): void => stderr.write(line);
  if (process.stderr.isTTY) return prettyLogger(level, write, process.stderr.hasColors());
  // Loaded here: no other command logs.
  const { pino } = await import("pino");
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger: Logger = pino({ level, base: null, formatters, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return logger;
}
