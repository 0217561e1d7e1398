/**
 * `ferrule dev`, without what it builds and starts: after every change build, and only then replace what runs. What cannot
 * be built replaces nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { messageOf } from "../core/errors.ts";
import { changed, type Snapshot, snapshot, TreeWatcher } from "./tree-watcher.ts";

/** Milliseconds that a process has for its shutdown before it is killed. */
const GRACE = 10_000;

export interface DevOptions {
  /** Folders whose sources are watched. */
  readonly roots: readonly string[];
  /** Builds what is stale. Rejecting means that what runs goes on. */
  readonly build: (changed: readonly string[]) => Promise<void>;
  /** What is run: the command, then its arguments. Asked before each start. */
  readonly command: () => readonly [string, ...string[]];
  readonly folder: string;
  /** Hears what happens, a line each. */
  readonly say: (text: string) => void;
}

/** Builds, runs, watches, until it is closed. */
export class DevLoop {
  readonly #options: DevOptions;
  readonly #watcher: TreeWatcher;
  #built: Snapshot = new Map();
  #child: ChildProcess | undefined;
  /** One round at a time: a change that comes meanwhile begins the next one. */
  #busy = false;
  #again = false;
  #closed = false;

  constructor(options: DevOptions) {
    this.#options = options;
    this.#watcher = new TreeWatcher(options.roots, () => void this.round());
  }

  /** Looks what has changed, builds, and replaces what runs. Resolves when there is nothing more to do. */
  async round(): Promise<void> {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    try {
      do {
        this.#again = false;
        await this.#buildAndReplace();
      } while (this.#again && !this.#closed);
    } finally {
      this.#busy = false;
    }
  }

  /** Stops watching, and what was started here. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher.close();
    await this.#stop();
  }

  async #buildAndReplace(): Promise<void> {
    // Taken before the build: what is saved while it runs is a change.
    const now = snapshot(this.#options.roots);
    const names = changed(this.#built, now);
    if (names.length === 0 || this.#closed) return;
    const first = this.#built.size === 0;
    this.#built = now;
    if (!first) this.#options.say(`changed: ${names.join(", ")}`);
    try {
      await this.#options.build(first ? [] : names);
    } catch (error) {
      if (this.#closed) return;
      const what = this.#child === undefined ? "nothing runs" : "the one before goes on running";
      this.#options.say(`${messageOf(error)}\n${what}, waiting for a change`);
      return;
    }
    if (this.#closed) return;
    await this.#stop();
    if (!this.#closed) this.#start();
  }

  #start(): void {
    const [command, ...args] = this.#options.command();
    const env = { ...process.env, FERRULE_DEV: "1" }; // a service leaves changes to this loop
    const child = spawn(command, args, { cwd: this.#options.folder, env, stdio: "inherit" });
    this.#child = child;
    this.#options.say(`running: ${[command, ...args].join(" ")}`);
    const ended = (how: string): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      if (!this.#closed) this.#options.say(`it ended by itself, ${how}; waiting for a change`);
    };
    child.on("error", (error) => ended(error.message));
    child.on("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
  }

  /** Asks what was started here to end, and sees to it. */
  async #stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE);
    await ended;
    clearTimeout(timer);
  }
}
