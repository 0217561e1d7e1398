/**
 * The line at which a mistake stands, with a marker under the place. Only keys are shown, and ids that a service lists:
 * what stands beside them may be a secret.
 */
import { readFileSync, statSync } from "node:fs";
import type { Place } from "../confmap/place.ts";

/** A key, in whatever quotes, up to its colon. */
const KEY = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s:,{}[\]"'#][^:,{}[\]"'#]*?)(?=\s*:(?:[\s,}\]]|$))/;
/** An id in a list. */
const ID = /^[\w./-]+/;
/** Longer files are not read again to show one line. */
const BYTES_MAX = 1 << 20;
/** A screen's width, about. */
const WIDTH_MAX = 100;

/** @param path of what is wrong, as `section::key`
 * @returns two lines, or nothing where nothing can be shown */
export function excerptOf({ file, line, column }: Place, path: string | undefined): string[] {
  const text = lineOf(file, line);
  if (text === undefined) return [];
  const rest = text.slice(column - 1);
  const word = (KEY.exec(rest) ?? (path?.startsWith("service::") ? ID.exec(rest) : null))?.[0];
  if (word === undefined || word.length > WIDTH_MAX) return [];
  const before = text.slice(0, column - 1);
  // In a map on one line, what comes before is covered too.
  const plain = /^[\s-]*$/.test(before) && before.length <= WIDTH_MAX;
  const shown = plain ? before.replaceAll("\t", " ") : "... ";
  const number = String(line);
  const marker = "^".repeat([...word].length);
  return [`${number} | ${shown}${word}`, `${" ".repeat(number.length)} | ${" ".repeat(shown.length)}${marker}`];
}

function lineOf(file: string, line: number): string | undefined {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > BYTES_MAX) return undefined;
    return readFileSync(file, "utf8").split(/\r?\n/)[line - 1];
  } catch {
    return undefined; // a URI, or a file that is gone
  }
}
