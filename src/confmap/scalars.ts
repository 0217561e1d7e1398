/**
 * What a single value of YAML means to the Collector's parser, which is neither YAML 1.1 nor 1.2: `yes` and `on` are
 * text, `017` is octal, underscores may stand between digits, and dates are times.
 */
import { Timestamp } from "./timestamp.ts";

/** The Go type that upstream would hold: 1 and 1.0 differ there, and not in JavaScript. */
export type ScalarType = "string" | "int" | "uint64" | "float64" | "bool" | "nil" | "time.Time";

export interface Scalar {
  readonly type: ScalarType;
  readonly value: unknown;
}

/** The tags that change how a single value is read. Others, known or not, make it text. */
type Tag = "!!str" | "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp";

const TAG_OF: Readonly<Record<ScalarType, Tag>> = {
  string: "!!str",
  int: "!!int",
  uint64: "!!int",
  float64: "!!float",
  bool: "!!bool",
  nil: "!!null",
  "time.Time": "!!timestamp",
};

const WORDS = new Map<string, Scalar>();
for (const word of ["true", "True", "TRUE"]) WORDS.set(word, { type: "bool", value: true });
for (const word of ["false", "False", "FALSE"]) WORDS.set(word, { type: "bool", value: false });
for (const word of ["", "~", "null", "Null", "NULL"]) WORDS.set(word, { type: "nil", value: null });
for (const word of [".nan", ".NaN", ".NAN"]) WORDS.set(word, { type: "float64", value: Number.NaN });
for (const word of [".inf", ".Inf", ".INF"]) {
  WORDS.set(word, { type: "float64", value: Number.POSITIVE_INFINITY });
  WORDS.set(`+${word}`, { type: "float64", value: Number.POSITIVE_INFINITY });
  WORDS.set(`-${word}`, { type: "float64", value: Number.NEGATIVE_INFINITY });
}

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;
/** Longer digits are no integer of 64 bits, whatever their base: reading them would be work for nothing. */
const DIGITS_MAX = 200;

const DECIMAL_FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** What begins with a point may have underscores as Go's own numbers have them, between digits only. */
const POINT_FLOAT = /^\.[0-9](_?[0-9])*([eE][-+]?[0-9](_?[0-9])*)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/;

/** Reads a plain value, or one with a tag.
 * @param tag short, like `!!int`; empty when there is none
 * @throws {ScalarError} for a value that is not of its tag */
export function resolveScalar(text: string, tag = ""): Scalar {
  if (tag !== "" && !Object.values<string>(TAG_OF).includes(tag)) return { type: "string", value: text };
  if (tag === "!!str") return { type: "string", value: text };
  const scalar = look(text, tag);
  const found = TAG_OF[scalar.type];
  if (tag === "" || tag === found) return scalar;
  if (tag === "!!float" && scalar.type === "int") return { type: "float64", value: Number(scalar.value) };
  throw new ScalarError(`cannot decode ${found} \`${text}\` as a ${tag}`);
}

/** A value that its tag does not fit. */
export class ScalarError extends Error {
  override name = "ScalarError";
}

function look(text: string, tag: string): Scalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const asText: Scalar = { type: "string", value: text };
  if (text[0] === ".") return POINT_FLOAT.test(text) ? (number(text.replaceAll("_", "")) ?? asText) : asText;
  if (!/^[-+0-9]/.test(text)) return asText;
  if (tag === "" || tag === "!!timestamp") {
    const time = Timestamp.read(text);
    if (time !== undefined) return { type: "time.Time", value: time };
  }
  return number(text.replaceAll("_", "")) ?? asText;
}

function number(text: string): Scalar | undefined {
  const match = text.length > DIGITS_MAX ? null : INTEGER.exec(text);
  if (match !== null) {
    const [, sign, hex, binary, octal, decimal] = match;
    const size = BigInt(hex ? `0x${hex}` : binary ? `0b${binary}` : octal ? `0o${octal}` : decimal!);
    const integer = sized(sign === "-" ? -size : size, sign !== "");
    if (integer !== undefined) return integer;
  }
  if (!DECIMAL_FLOAT.test(text)) return undefined;
  const float = Number(text);
  // What is too large for a float is no number to Go, and stays text.
  return Number.isFinite(float) ? { type: "float64", value: float } : undefined;
}

/** @param signed a number with a sign is never unsigned */
function sized(value: bigint, signed: boolean): Scalar | undefined {
  if (value >= INT_MIN && value <= INT_MAX) return { type: "int", value: narrow(value) };
  return !signed && value >= 0n && value <= UINT_MAX ? { type: "uint64", value } : undefined;
}

/** A whole number as JavaScript holds it best: `bigint` only beyond what a number can say exactly. */
function narrow(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** The type of a plain JavaScript value. */
export function scalarTypeOf(value: unknown): ScalarType {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "int" : "float64";
    case "bigint":
      return value > INT_MAX ? "uint64" : "int";
    case "object":
      return value === null ? "nil" : "time.Time";
    case "undefined":
      return "nil";
    default:
      return "string";
  }
}

/** A scalar as Go's `%v` prints it. */
export function formatScalar({ type, value }: Scalar): string {
  if (value === null || value === undefined) return "<nil>";
  if (value instanceof Timestamp) return value.goText;
  return type === "float64" && typeof value === "number" ? formatFloat(value) : String(value);
}

/** A float as Go's `%v` prints it: the fewest digits, with an exponent from 1e6 on and below 1e-4. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  // Two digits at least, which JavaScript does not ask for.
  return `${digits}e${exponent.replace(/^([-+])(\d)$/, "$10$2")}`;
}
