/**
 * YAML as Go's writer has it: four spaces, keys in its own order, and quotes where a plain text would be read as
 * something else. Small enough to be written here, so that no command loads a YAML library to print.
 */
import { Duration } from "../component/duration.ts";
import { Float } from "../component/float.ts";
import { NIL_LIST, NIL_MAP, type Printed } from "../config/print-collector.ts";
import { formatFloat, resolveScalar } from "../confmap/scalars.ts";

/** The whole text, with the end of its last line.
 * @param sort false keeps the order of the keys, as Go does for structures */
export function formatYaml(value: Printed, sort = true): string {
  return block(value, "", sort).replace(/^\n/, "");
}

/** What stands behind a key, with the space or the line before it. */
function block(value: Printed, indent: string, sort: boolean): string {
  if (value === NIL_MAP) return " {}\n";
  if (value === NIL_LIST) return " []\n";
  if (Array.isArray(value)) {
    if (value.length === 0) return " []\n";
    return `\n${value.map((item) => `${indent}-${itemOf(item, `${indent}  `, sort)}`).join("")}`;
  }
  if (isMap(value)) {
    const keys = Object.keys(value);
    if (keys.length === 0) return " {}\n";
    if (sort) keys.sort(compareKeys);
    return `\n${keys.map((key) => `${indent}${scalar(key, indent)}:${below(value[key], indent, sort)}`).join("")}`;
  }
  return ` ${scalar(value, indent)}\n`;
}

function below(value: Printed, indent: string, sort: boolean): string {
  return isMap(value) || Array.isArray(value) ? block(value, deeper(indent), sort) : block(value, indent, sort);
}

/** An item stands on the line of its dash. */
function itemOf(value: Printed, indent: string, sort: boolean): string {
  // Its lines stand below its first character.
  if (typeof value === "string") return ` ${text(value, indent, indent)}\n`;
  const lines = block(value, indent, sort);
  return lines.startsWith("\n") ? ` ${lines.slice(1 + indent.length)}` : lines;
}

/** To the next column that four divides: an item of a list stands two behind one. */
function deeper(indent: string): string {
  return " ".repeat(4 * Math.floor((indent.length + 4) / 4));
}

function isMap(value: Printed): value is Record<string, Printed> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof Duration || value instanceof Float);
}

function scalar(value: Printed, indent: string): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof Duration) return value.toString();
  if (value instanceof Float) return float(value.value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : float(value);
  return typeof value === "string" ? text(value, indent) : String(value);
}

function float(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  return Number.isFinite(value) ? formatFloat(value) : value > 0 ? ".inf" : "-.inf";
}

/** YAML 1.1 took these for booleans: other readers still do. */
const OLD_BOOLEAN = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;
/** And these for numbers to the base of 60. */
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const SPECIAL = /[^\P{C}\t\n]|\t|\ufeff|[\u{10000}-\u{10ffff}]/u;

function text(value: string, indent: string, inner = deeper(indent)): string {
  if (value.includes("\n") && !SPECIAL.test(value) && !/ \n| $/.test(value)) return literal(value, inner);
  const readsAsText = resolveScalar(value).type === "string";
  if (!readsAsText || OLD_BOOLEAN.test(value) || BASE_60.test(value) || value.includes("\n")) return quoted(value);
  if (SPECIAL.test(value)) return quoted(value);
  return isPlain(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

function isPlain(value: string): boolean {
  if (/^(?:---|\.\.\.)/.test(value) || /^[#,[\]{}&*!|>'"%@`]/.test(value)) return false;
  if (/^[-?:](?:\s|$)/.test(value) || /^\s|\s$/.test(value)) return false;
  return !/:(?:\s|$)|\s#/.test(value);
}

function quoted(value: string): string {
  const named: Readonly<Record<string, string>> = { "\0": "\\0", "\x07": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n" };
  const more: Readonly<Record<string, string>> = { "\v": "\\v", "\f": "\\f", "\r": "\\r", "\x1b": "\\e", '"': '\\"' };
  const inner = [...value].map((character) => {
    const known = named[character] ?? more[character] ?? (character === "\\" ? "\\\\" : undefined);
    if (known !== undefined) return known;
    if (!/[\p{C}\ufeff\u0085\u2028\u2029\u{10000}-\u{10ffff}]/u.test(character)) return character;
    const code = character.codePointAt(0)!;
    if (code === 0x85) return "\\N";
    if (code <= 0xff) return `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;
    if (code <= 0xffff) return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
    return `\\U${code.toString(16).toUpperCase().padStart(8, "0")}`;
  });
  return `"${inner.join("")}"`;
}

/** Several lines, each on a line of its own.
 * @param inner what stands before each */
function literal(value: string, inner: string): string {
  const hint = /^[ \n]/.test(value) ? "4" : "";
  const end = value.endsWith("\n\n") || value === "\n" ? "+" : value.endsWith("\n") ? "" : "-";
  const lines = (value.endsWith("\n") ? value.slice(0, -1) : value).split("\n");
  return `|${hint}${end}\n${lines.map((line) => (line === "" ? "" : inner + line)).join("\n")}`;
}

/** Go's order of keys: numbers inside of them count as numbers, and letters come after everything else. */
export function compareKeys(left: string, right: string): number {
  const [one, other] = [[...left], [...right]];
  let digits = false;
  for (let index = 0; index < Math.min(one.length, other.length); index++) {
    const [a, b] = [one[index]!, other[index]!];
    if (a === b) {
      digits = isDigit(a);
      continue;
    }
    const [aLetter, bLetter] = [isLetter(a), isLetter(b)];
    if (aLetter && bLetter) return order(a, b);
    if (aLetter || bLetter) {
      // Behind digits a letter comes first: `a1b` before `a1.`.
      return digits ? (aLetter ? -1 : 1) : aLetter ? 1 : -1;
    }
    const leading = (a === "0" || b === "0") && isLeadingZero(one, index);
    const [aNumber, aEnd] = numberAt(one, index, leading);
    const [bNumber, bEnd] = numberAt(other, index, leading);
    if (aNumber !== bNumber) return aNumber < bNumber ? -1 : 1;
    if (aEnd !== bEnd) return aEnd - bEnd;
    return order(a, b);
  }
  return one.length - other.length;
}

function numberAt(characters: readonly string[], start: number, leading: boolean): [bigint, number] {
  let end = start;
  while (end < characters.length && isDigit(characters[end]!)) end++;
  const digits = characters.slice(start, end).join("");
  return [BigInt(leading ? `1${digits}` : digits || "0"), end];
}

/** Zeros before a number of which the first digits are the same: `a01` and `a1`. */
function isLeadingZero(characters: readonly string[], index: number): boolean {
  let before = index - 1;
  while (before >= 0 && isDigit(characters[before]!)) {
    if (characters[before] !== "0") return true;
    before--;
  }
  return false;
}

function order(a: string, b: string): number {
  return a.codePointAt(0)! - b.codePointAt(0)!;
}

function isDigit(character: string): boolean {
  return /\p{Nd}/u.test(character);
}

function isLetter(character: string): boolean {
  return /\p{L}/u.test(character);
}
