/**
 * Watching one file by name: edits in place, a rename over it, its deletion and return, and links on its path that
 * come to point elsewhere, as Kubernetes swaps `..data`.
 */
import { type FSWatcher, readlinkSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, parse, resolve, sep } from "node:path";
import type { Watcher } from "../provider.ts";

/** Milliseconds without a sign of change before the file is looked at: an editor writes in several steps. */
const QUIET = 50;
/** Looks in a row that may be put off: a file that never rests is looked at all the same. */
const PUT_OFF_MAX = 40;
/** Links on one path. The operating system gives up at the same number. */
const LINKS_MAX = 40;

/** Watches a file's directory, and those of the links that lead there: what is replaced is no longer itself watched. */
export class FileWatcher {
  readonly #path: string;
  readonly #watchers = new Map<string, FSWatcher>();
  #last: Buffer | undefined;
  #listener: Watcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #putOff = 0;
  #dirty = false;
  #closed = false;

  private constructor(path: string) {
    this.#path = resolve(path);
  }

  static start(path: string): FileWatcher {
    const watcher = new FileWatcher(path);
    watcher.#watch();
    return watcher;
  }

  /** From here on, a change of what `bytes` were is told. */
  listen(bytes: Buffer, listener: Watcher): void {
    this.#last = bytes;
    this.#listener = listener;
    if (this.#dirty) this.#later();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches what is on the path now. */
  #watch(): void {
    const wanted = directoriesOf(this.#path);
    for (const [directory, watcher] of this.#watchers) {
      if (wanted.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of wanted) if (!this.#watchers.has(directory)) this.#add(directory);
  }

  #add(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#later());
      watcher.on("error", () => {
        this.#watchers.delete(directory);
        watcher.close();
        this.#later();
      });
      this.#watchers.set(directory, watcher);
    } catch {
      // It is gone, or not ours to read. Its own directory is watched as well, and says when it is back.
    }
  }

  #later(): void {
    this.#dirty = true;
    if (this.#closed || this.#listener === undefined) return;
    if (this.#timer !== undefined && ++this.#putOff > PUT_OFF_MAX) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), QUIET).unref();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    this.#putOff = 0;
    this.#dirty = false;
    this.#watch();
    const bytes = await readFile(this.#path).catch(() => undefined);
    if (this.#closed) return;
    const same = bytes === undefined ? this.#last === undefined : this.#last?.equals(bytes) === true;
    if (same) return;
    this.#last = bytes;
    this.#listener?.({});
  }
}

/** The directories in which something on the way to `path` has its name: its own, and those of links before it. */
function directoriesOf(path: string): Set<string> {
  const directories = new Set<string>();
  let rest = path;
  for (let links = 0; links <= LINKS_MAX; links++) {
    const link = firstLink(rest, directories);
    if (link === undefined) return directories;
    rest = link;
  }
  return directories;
}

/** Follows the first link on the path. Undefined when there is none, and the path is where it seems to be. */
function firstLink(path: string, directories: Set<string>): string | undefined {
  const { root } = parse(path);
  const names = path
    .slice(root.length)
    .split(sep)
    .filter((name) => name !== "");
  let at = root;
  for (const [index, name] of names.entries()) {
    const next = join(at, name);
    let target: string | undefined;
    try {
      target = readlinkSync(next);
    } catch (error) {
      // No link; or it is not there, and its directory tells when it is.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        directories.add(at);
        return undefined;
      }
    }
    if (target !== undefined) {
      directories.add(at);
      return join(resolve(at, target), ...names.slice(index + 1));
    }
    at = next;
  }
  directories.add(dirname(path));
  return undefined;
}
