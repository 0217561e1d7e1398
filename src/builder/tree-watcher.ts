/** Watching the sources of a project: says that something changed, once things have come to rest. */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join } from "node:path";

/** Milliseconds without a sign of change: an editor writes several files, and each in several steps. */
const QUIET = 100;
/** What is built, fetched or kept by tools; names that begin with a dot are left out as well. */
const LEFT_OUT = new Set(["node_modules", "target", "dist", "native"]);
/** Written by a build itself when it has to. */
const WRITTEN = new Set(["Cargo.lock", "package-lock.json"]);
const SOURCE = /\.(?:rs|toml|[cm]?ts|[cm]?js|json|yaml|yml)$/;
/** Folders of one project. Beyond that something is watched that is no source. */
const FOLDERS_MAX = 2_000;

/** Names and states of all sources, to compare. */
export type Snapshot = ReadonlyMap<string, string>;

/** Every source below the folders, with its size and time. */
export function snapshot(roots: readonly string[]): Snapshot {
  const files = new Map<string, string>();
  for (const folder of foldersOf(roots)) {
    for (const name of namesIn(folder)) {
      if (!SOURCE.test(name) || WRITTEN.has(name)) continue;
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      if (stat?.isFile()) files.set(join(folder, name), `${stat.size} ${stat.mtimeMs}`);
    }
  }
  return files;
}

/** The files that are not the same in both. */
export function changed(before: Snapshot, after: Snapshot): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

/** Watches folders and all that lie in them. */
export class TreeWatcher {
  readonly #roots: readonly string[];
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onChange: () => void;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param onChange something may have changed: {@link snapshot} tells what */
  constructor(roots: readonly string[], onChange: () => void) {
    this.#roots = roots;
    this.#onChange = onChange;
    this.#watch();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches the folders that there are now. */
  #watch(): void {
    const wanted = new Set(foldersOf(this.#roots));
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, () => this.#later());
        watcher.on("error", () => this.#later());
        this.#watchers.set(folder, watcher);
      } catch {
        // It is gone again; the folder above it is watched too.
      }
    }
  }

  #later(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#watch();
      this.#onChange();
    }, QUIET);
  }
}

function foldersOf(roots: readonly string[]): string[] {
  const folders = [...new Set(roots)];
  for (let index = 0; index < folders.length && folders.length < FOLDERS_MAX; index++) {
    for (const name of namesIn(folders[index]!)) {
      if (LEFT_OUT.has(name) || name.startsWith(".")) continue;
      const path = join(folders[index]!, name);
      if (!folders.includes(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory()) folders.push(path);
    }
  }
  return folders;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // gone, or not ours to read
  }
}
