/**
 * Names of components: `type` or `type/name`, with the grammar, the limits and the texts of the Collector, so that an
 * operator's ids mean the same here.
 */
import { FerruleError } from "./errors.ts";
import { quote } from "./quote.ts";

const TYPE = /^[a-zA-Z][0-9a-zA-Z_]{0,62}$/;
/** No separators, no symbols, and nothing of the class of others: controls, private use, unassigned code points. */
const NAME = /^[^\p{Z}\p{S}\p{C}]+$/u;
/** In bytes of UTF-8, though the text says characters: as upstream counts. */
const NAME_BYTES_MAX = 1024;
/** Go's idea of white space, which is not that of `String.prototype.trim` (U+0085 is in, U+FEFF is out). */
const SPACE = /\p{White_Space}/u;

/** Checks a component type.
 * @returns `text`, unchanged: a type is never trimmed by itself
 * @throws {FerruleError} `INVALID_ID` */
export function parseType(text: string): string {
  if (text === "") throw invalidId("id must not be empty");
  if (!TYPE.test(text)) throw invalidId(`invalid character(s) in type ${quote(text)}`);
  return text;
}

/** Which component: its type, and a name where there are several of one type. */
export class ComponentId {
  readonly type: string;
  /** Empty when the id is the type alone. */
  readonly name: string;

  /** @param name is taken as it is, as upstream's constructor does; {@link ComponentId.parse} checks it
   * @throws {FerruleError} `INVALID_ID` when `type` is none */
  constructor(type: string, name = "") {
    this.type = parseType(type);
    this.name = name;
  }

  /** Reads `type` or `type/name`. The first slash splits; white space around both parts is dropped.
   * @throws {FerruleError} `INVALID_ID` */
  static parse(text: string): ComponentId {
    const [type, name] = splitId(text);
    if (!TYPE.test(type)) throw invalidId(`in ${quote(text)} id: invalid character(s) in type ${quote(type)}`);
    return new ComponentId(type, name);
  }

  /** `type` or `type/name`: what {@link ComponentId.parse} reads, and the key under which a component is found. */
  toString(): string {
    return this.name === "" ? this.type : `${this.type}/${this.name}`;
  }

  /** Ids are written into JSON as their text. */
  toJSON(): string {
    return this.toString();
  }
}

/** The two parts of an id, trimmed, of which the name is checked. The first part is the caller's to check.
 * @throws {FerruleError} `INVALID_ID` */
export function splitId(text: string): [before: string, name: string] {
  const slash = text.indexOf("/");
  const before = trim(slash < 0 ? text : text.slice(0, slash));
  if (before === "") {
    if (slash < 0) throw invalidId("id must not be empty");
    throw invalidId(`in ${quote(text)} id: the part before / should not be empty`);
  }
  if (slash < 0) return [before, ""];
  const name = trim(text.slice(slash + 1));
  if (name === "") throw invalidId(`in ${quote(text)} id: the part after / should not be empty`);
  checkName(name);
  return [before, name];
}

function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > NAME_BYTES_MAX) {
    const limit = `is longer than ${NAME_BYTES_MAX} characters (${bytes} characters)`;
    throw invalidId(`in ${quote(name)} id: name ${quote(name)} ${limit}`);
  }
  if (!NAME.test(name)) throw invalidId(`in ${quote(name)} id: invalid character(s) in name ${quote(name)}`);
}

/** By hand: a pattern anchored at the end takes quadratic time on long white space inside of the text. */
function trim(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && SPACE.test(text[start]!)) start++;
  while (end > start && SPACE.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

export function invalidId(message: string): FerruleError {
  return new FerruleError("INVALID_ID", message, { permanent: true });
}
