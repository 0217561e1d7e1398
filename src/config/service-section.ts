/** The section `service`: what runs, and how it logs. */
import type { Conf } from "../confmap/conf.ts";
import { kindOf } from "../confmap/conf.ts";
import { messageOf } from "../core/errors.ts";
import { ComponentId } from "../core/id.ts";
import { quote } from "../core/quote.ts";
import { didYouMean } from "../core/suggest.ts";
import { type Decoder, fieldName, type KeyPath } from "./decoder.ts";
import type { LogLevel, Telemetry } from "./service-config.ts";

/** From the most to the least that is logged. */
export const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const LEVEL_PATH = ["service", "telemetry", "logs", "level"];

/** Decodes `service::telemetry` as ferrule has it unless a distribution says otherwise: the level of the log. */
export function decodeLogs(decoder: Decoder): Telemetry {
  decoder.refuseUnknown(["service", "telemetry"], ["logs"]);
  decoder.refuseUnknown(["service", "telemetry", "logs"], ["level"]);
  const level = decodeLevel(decoder);
  return { logs: level === undefined ? {} : { level } };
}

/**
 * The log level, before anything else is decoded: opening a library logs already. Undefined when there is none, or a
 * bad one.
 */
export function peekLogLevel(conf: Conf): LogLevel | undefined {
  return levelOf(conf.get(LEVEL_PATH));
}

function decodeLevel(decoder: Decoder): LogLevel | undefined {
  const value = decoder.conf.get(LEVEL_PATH);
  if (value === undefined || value === null) return undefined;
  const level = levelOf(value);
  if (level !== undefined) return level;
  const text =
    typeof value === "string"
      ? `unrecognized level: ${quote(value)}`
      : `expected type 'string', got unconvertible type '${kindOf(value)}'`;
  const hint = (typeof value === "string" && didYouMean(value, LEVELS)) || `valid values: ${LEVELS.join(", ")}`;
  decoder.complain(LEVEL_PATH, `${fieldName(LEVEL_PATH)} ${text}`, hint);
  return undefined;
}

function levelOf(value: unknown): LogLevel | undefined {
  return LEVELS.find((level) => typeof value === "string" && value.toLowerCase() === level);
}

/** @param name how the Collector's decoder names the list */
export function decodeIds(decoder: Decoder, path: KeyPath, name = (below: KeyPath) => fieldName(below)): ComponentId[] {
  const value = decoder.conf.get(path);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    decoder.complain(path, `${name(path)} source data must be an array or slice, got ${kindOf(value)}`);
    return [];
  }
  return value.flatMap((item: unknown, index) => {
    const itemPath = [...path, index];
    try {
      if (typeof item === "string") return [ComponentId.parse(item)];
      decoder.complain(itemPath, `${name(itemPath)} expected type 'string', got unconvertible type '${kindOf(item)}'`);
    } catch (error) {
      decoder.complain(itemPath, `${name(itemPath)} ${messageOf(error)}`);
    }
    return [];
  });
}
