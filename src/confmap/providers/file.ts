/** `file:PATH`. */
import { readFile } from "node:fs/promises";
import { normalize } from "node:path";
import { FerruleError } from "../../core/errors.ts";
import type { Provider, Watcher } from "../provider.ts";
import { Retrieved } from "../retrieved.ts";
import { FileWatcher } from "./file-watcher.ts";

/** Reads files as YAML. A path that is not absolute starts from the working directory. */
export class FileProvider implements Provider {
  readonly scheme = "file";

  async retrieve(uri: string, watcher?: Watcher): Promise<Retrieved> {
    const path = clean(uri.slice("file:".length));
    // Watched before it is read: a change in between is seen twice rather than never.
    const watched = watcher && FileWatcher.start(path);
    try {
      const bytes = await read(uri, path);
      watched?.listen(bytes, watcher!);
      return Retrieved.fromYaml(bytes, { source: path, ...(watched && { close: () => watched.close() }) });
    } catch (error) {
      watched?.close();
      throw error;
    }
  }
}

async function read(uri: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const text = `unable to read the file ${uri}: ${reasonOf(error, path)}`;
    throw new FerruleError("CONFIG_INVALID", text, { permanent: true, cause: error });
  }
}

/** The shortest path to the same file, as Go's `filepath.Clean` has it. */
function clean(path: string): string {
  const normal = normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

/** The operating system's reason as Go words it; Node's own words for the rest. */
function reasonOf(error: unknown, path: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return `open ${path}: no such file or directory`;
    case "EACCES":
      return `open ${path}: permission denied`;
    case "ENOTDIR":
      return `open ${path}: not a directory`;
    case "ENAMETOOLONG":
      return `open ${path}: file name too long`;
    case "ELOOP":
      return `open ${path}: too many levels of symbolic links`;
    case "EISDIR":
      return `read ${path}: is a directory`;
    case "ERR_INVALID_ARG_VALUE":
      return `open ${path.replaceAll("\0", "\\x00")}: invalid argument`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
