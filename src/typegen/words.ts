/** Names, texts and comments of generated files. */

/** `rust_sample` as `RustSample`. */
export function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `T${joined}`;
}

/** What generated files take from the language: neither a client nor a type of the user's can have these names. */
export const GLOBALS: readonly string[] =
  "Array AsyncIterable Date Error Iterable Map Promise Readonly ReadonlyMap Record URL Uint8Array".split(" ");

/** Name of the class for a type of extensions. */
export function clientName(type: string): string {
  const name = pascal(type);
  return GLOBALS.includes(name) ? `${name}Extension` : name;
}

/** Name of the class's file, without what it ends in. */
export function clientFile(type: string): string {
  return type.replaceAll("_", "-");
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A key of an object type, with quotes where it needs them. */
export function key(name: string): string {
  return IDENTIFIER.test(name) && name !== "__proto__" ? name : JSON.stringify(name);
}

/** Words that cannot name a parameter. */
const RESERVED = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends
  false ferrule finally for function if implements import in instanceof interface let new null options package
  private protected public return static super switch this throw true try typeof undefined var void while with
  yield`.split(/\s+/),
);

/** A parameter's name. */
export function parameterName(name: string): string {
  const camel = name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return RESERVED.has(camel) || !IDENTIFIER.test(camel) ? `${camel}_` : camel;
}

/** A doc comment, or nothing. */
export function comment(text: string, indent = ""): string {
  if (text === "") return "";
  const lines = text.replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}
