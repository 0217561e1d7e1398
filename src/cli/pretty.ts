/** Log lines for a person at a terminal; everyone else gets JSON. */
import util from "node:util";
import type { Logger } from "../core/logger.ts";
import { printableLine } from "./printable.ts";

export type Level = "debug" | "info" | "warn" | "error";
type Write = (line: string) => void;
export type Style = "cyan" | "gray" | "green" | "red" | "yellow";

const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];
const STYLES = { debug: "gray", info: "green", warn: "yellow", error: "red" } as const;

/** A logger that writes `12:00:00.000 INFO  component: message key=value`.
 * @param colour whether the terminal shows colours */
export function prettyLogger(least: Level, write: Write, colour: boolean): Logger {
  const at =
    (level: Level) =>
    (fields: object, message: string): void => {
      if (LEVELS.indexOf(level) >= LEVELS.indexOf(least)) write(format(level, fields, message, colour));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function format(level: Level, fields: object, message: string, colour: boolean): string {
  const paint = (style: Style, text: string): string => (colour ? styled(style, text) : text);
  const { component, ...rest } = fields as Record<string, unknown>;
  const time = paint("gray", new Date().toISOString().slice(11, 23));
  const name = paint(STYLES[level], level.toUpperCase().padEnd(5));
  const who = component === undefined ? "" : `${paint("cyan", printableLine(String(component)))}: `;
  // What the message ends with already ("extension status: OK") is not said twice.
  const unsaid = Object.entries(rest).filter(([, value]) => !message.endsWith(`: ${String(value)}`));
  const details = unsaid.map(
    ([key, value]) => ` ${paint("gray", `${printableLine(key)}=`)}${printableLine(show(value))}`,
  );
  return `${time} ${name} ${who}${printableLine(message)}${details.join("")}\n`;
}

/** Whether the stream shows colours was decided before: newer Nodes would ask stdout, which is not where this goes. */
export function styled(style: Style, text: string): string {
  const paint = util.styleText as ((style: Style, text: string, options: object) => string) | undefined;
  // Node has it since 20.12.
  return paint === undefined ? text : paint(style, text, { validateStream: false });
}

function show(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === "string") return /[\s"=]/.test(value) || value === "" ? JSON.stringify(value) : value;
  return typeof value === "bigint" ? value.toString() : (JSON.stringify(value) ?? String(value));
}
