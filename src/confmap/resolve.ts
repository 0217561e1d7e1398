/** From the names on the command line to one configuration. */
import { readFile } from "node:fs/promises";
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import { Conf } from "./conf.ts";
import { InvalidConfigError } from "./problem.ts";
import { parseYaml } from "./yaml.ts";

/** A scheme has two letters or more: one letter and a colon is a path. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/;

/** Reads YAML files, given as paths or `file:` URIs, and lays each over the ones before it.
 * @throws {InvalidConfigError} for a file that cannot be read, or is no YAML map */
export async function resolveFiles(uris: readonly string[]): Promise<Conf> {
  if (uris.length === 0) {
    throw new FerruleError("INVALID_ARGUMENT", "at least one config flag must be provided", { permanent: true });
  }
  const conf = new Conf();
  for (const file of uris.map(fileOf)) conf.merge(new Conf(parseYaml(await read(file), file)));
  return conf;
}

function fileOf(uri: string): string {
  const scheme = SCHEME.exec(uri)?.[1];
  if (scheme === undefined) return uri;
  if (scheme !== "file") throw refused(`unsupported scheme on URI ${quote(uri)}`);
  return uri.slice("file:".length);
}

async function read(file: string): Promise<string> {
  const failed = `cannot retrieve the configuration: unable to read the file file:${file}: `;
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw refused(failed + reasonOf(error, file), error);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw refused(`${failed}the file is not UTF-8 text`, error);
  }
}

/** The operating system's reason as Go words it; Node's own words for the rest. */
function reasonOf(error: unknown, file: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return `open ${file}: no such file or directory`;
    case "EACCES":
      return `open ${file}: permission denied`;
    case "EISDIR":
      return `read ${file}: is a directory`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function refused(text: string, cause?: unknown): InvalidConfigError {
  return new InvalidConfigError("resolve", [{ text, spots: [] }], cause);
}
