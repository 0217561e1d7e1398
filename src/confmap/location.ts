/** URIs of configuration: `scheme:rest`, where the scheme has two characters or more. */
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";

/** One letter and a colon is a drive, and so a path; the range is upstream's, which takes in a few signs. */
const DRIVE = /^[A-z]:/;
const SCHEME = "[A-Za-z][A-Za-z0-9+.-]+";
const URI = new RegExp(`^(${SCHEME}):(.*)$`, "s");
const WHOLE_SCHEME = new RegExp(`^${SCHEME}$`);

export interface Location {
  readonly scheme: string;
  /** What stands behind the scheme. */
  readonly rest: string;
}

/** Takes a URI apart.
 * @throws {FerruleError} `CONFIG_INVALID` */
export function parseUri(uri: string): Location {
  const match = URI.exec(uri);
  if (match === null) throw new FerruleError("CONFIG_INVALID", `invalid uri: ${quote(uri)}`, { permanent: true });
  return { scheme: match[1]!, rest: match[2]! };
}

/** The same for what a user names as a source: a path needs no scheme.
 * @throws {FerruleError} `CONFIG_INVALID` */
export function parseSource(uri: string): Location {
  if (DRIVE.test(uri) || !uri.includes(":")) return { scheme: "file", rest: uri };
  return parseUri(uri);
}

export function formatUri({ scheme, rest }: Location): string {
  return `${scheme}:${rest}`;
}

export function isScheme(text: string): boolean {
  return WHOLE_SCHEME.test(text);
}

/** The URI behind `--set key.path=value`.
 * @throws {FerruleError} `INVALID_ARGUMENT` for a text without an equal sign */
export function setUri(text: string): string {
  const equal = text.indexOf("=");
  if (equal < 0) throw new FerruleError("INVALID_ARGUMENT", "missing equal sign", { permanent: true });
  return `yaml:${trim(text.slice(0, equal).replaceAll(".", "::"))}: ${trim(text.slice(equal + 1))}`;
}

/** Without white space at both ends, by Go's idea of it. */
function trim(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && /\p{White_Space}/u.test(text[start]!)) start++;
  while (end > start && /\p{White_Space}/u.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}
