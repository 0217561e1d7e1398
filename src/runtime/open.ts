/** Opens a Rust library, or a lane of one that another thread has opened. */
import { closeSync } from "node:fs";
import { FerruleError, LibraryError, messageOf } from "../core/errors.ts";
import { checkHeader } from "../ring/header.ts";
import { Words } from "../ring/words.ts";
import { bundledLibrary } from "./bundled.ts";
import { Library, type Opened } from "./library.ts";
import { type Lane, Runtime } from "./runtime.ts";
import type { ComponentInfo, OpenOptions, RuntimeOptions, SharedRuntime } from "./types.ts";

/** Where a lane starts counting: for tests, which start just below the wrap. */
export interface FirstOptions {
  readonly firstCursor?: number;
  /** A multiple of 8. */
  readonly firstByteCursor?: number;
  readonly firstGeneration?: number;
}

const LOGGER_LEVELS = ["debug", "info", "warn", "error"] as const;
const LEVELS = ["debug", "info", "warn", "error", "off"];

/**
 * Opens a Rust library and starts its runtime. Nothing of it holds the event loop while no call is pending.
 *
 * @param path of the library; the one that comes with this package when it is left out
 * @throws {LibraryError} `LIBRARY_NOT_FOUND`, `LIBRARY_INVALID`, `ABI_MISMATCH`, `LAYOUT_MISMATCH`, `REGISTRY_INVALID`,
 *   `OPEN_FAILED` or `UNSUPPORTED_PLATFORM`
 * @throws {FerruleError} `INVALID_ARGUMENT` for an option that is none
 */
export async function open(path?: string, given: OpenOptions & FirstOptions = {}): Promise<Runtime> {
  const options = given ?? {};
  checkOptions(options);
  const { payloadMax = PAYLOAD_MAX_DEFAULT, lanes = LANES_DEFAULT, workers = 0 } = options;
  const heldMax = options.heldMax ?? Math.min(2 ** 32 - 1, payloadMax * 4);
  checkWhole("payloadMax", payloadMax, PAYLOAD_MAX_LEAST, PAYLOAD_MAX_MOST);
  checkWhole("heldMax", heldMax, payloadMax, 2 ** 32 - 1);
  checkWhole("lanes", lanes, 1, 256);
  checkWhole("workers", workers, 0, 256);
  if (options.polling !== undefined && !POLLING.includes(options.polling)) {
    const text = `polling must be one of ${POLLING.join(", ")}, got ${messageOf(options.polling)}`;
    throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
  }
  if (path !== undefined && (typeof path !== "string" || path === "")) {
    const found = `path must be a non-empty string, got ${path === "" ? "an empty one" : messageOf(path)}`;
    throw new FerruleError("INVALID_ARGUMENT", found, { permanent: true });
  }
  const library = Library.load(path ?? bundledLibrary());
  const opened = library.open({
    lane: laneOptions(options),
    lanes_max: lanes,
    workers,
    payload_max: payloadMax,
    held_max: heldMax,
    polling: options.polling !== "off",
  });
  return new Runtime(library, opened, map(library, opened), options);
}

/**
 * Attaches this thread to a runtime that another thread of the process has opened: a lane of its own, with the same
 * functions. It ends with the runtime, or when it is closed, or with its thread; then its calls are cancelled, and the
 * instances that were started through it are shut down.
 *
 * @param shared what the runtime's `share()` gave
 * @throws {FerruleError} `LANES_EXHAUSTED`, `RUNTIME_CLOSED`, `INVALID_ARGUMENT`
 * @throws {LibraryError} as {@link open}
 */
export async function attach(shared: SharedRuntime, given: RuntimeOptions & FirstOptions = {}): Promise<Runtime> {
  const options = given ?? {};
  checkOptions(options);
  const { library: path, lane, process: owner } = shared ?? {};
  if (typeof path !== "string" || !Number.isInteger(lane)) {
    throw new FerruleError("INVALID_ARGUMENT", "attach takes what a runtime's share() gave", { permanent: true });
  }
  if (owner !== process.pid) {
    const text = `the runtime was opened by process ${owner}: its threads can attach to it, this is process ${process.pid}`;
    throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
  }
  const library = Library.load(path);
  const opened = library.share(lane, laneOptions(options));
  return new Runtime(library, opened, map(library, opened), options);
}

const POLLING = ["adaptive", "off"];
const LANES_DEFAULT = 16;
const PAYLOAD_MAX_DEFAULT = 16 * 2 ** 20;
const PAYLOAD_MAX_LEAST = 2 ** 19;
const PAYLOAD_MAX_MOST = 2 ** 30;

function laneOptions(options: RuntimeOptions & FirstOptions): object {
  return {
    log_level: options.logger === undefined ? "off" : (options.logLevel ?? "info"),
    first_cursor: options.firstCursor ?? 0,
    first_byte_cursor: options.firstByteCursor ?? 0,
    first_generation: options.firstGeneration ?? 0,
  };
}

/** When nobody can look at a mapping any more, its addresses are given back: a view would read what came there next. */
const unmapWhenCollected = new FinalizationRegistry<() => void>((unmap) => unmap());

/** Maps the lane that Rust made, and checks it. */
function map(library: Library, opened: Opened): Lane {
  try {
    const buffer = library.view(opened);
    // Nothing is collected when a worker ends; Rust notices the thread's end (departed.rs).
    unmapWhenCollected.register(buffer, () => library.release(opened.lane, true));
    const words = new Words(buffer);
    const header = checkHeader(words, library.path);
    const components = JSON.parse(library.registry()) as ComponentInfo[];
    // Shows that `Atomics` on this buffer reach the memory that Rust sees.
    const value = Math.floor(Math.random() * 2 ** 32);
    words.selfTest(value);
    if (!library.attach(opened.lane, value)) {
      throw new LibraryError("OPEN_FAILED", `${library.path}: JavaScript and Rust do not see the same memory`);
    }
    return { words, header, components };
  } catch (error) {
    closeSync(opened.socket); // Rust takes the end of its socket for the end of this thread, and closes
    throw error;
  }
}

function checkWhole(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const text = `${name} must be a whole number from ${least} to ${most}, got ${messageOf(value)}`;
  throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
}

function checkOptions({ logger, logLevel, onStatus, whenFull, waitingMax }: RuntimeOptions): void {
  const refuse = (name: string, wanted: string, got: unknown): never => {
    throw new FerruleError("INVALID_ARGUMENT", `${name} must be ${wanted}, got ${messageOf(got)}`, { permanent: true });
  };
  if (logger !== undefined && LOGGER_LEVELS.some((level) => typeof logger?.[level] !== "function")) {
    refuse("logger", `an object with ${LOGGER_LEVELS.join(", ")}`, logger);
  }
  if (onStatus !== undefined && typeof onStatus !== "function") refuse("onStatus", "a function", onStatus);
  if (logLevel !== undefined && !LEVELS.includes(logLevel)) refuse("logLevel", `one of ${LEVELS.join(", ")}`, logLevel);
  if (whenFull !== undefined && whenFull !== "wait" && whenFull !== "reject") {
    refuse("whenFull", '"wait" or "reject"', whenFull);
  }
  if (waitingMax !== undefined && !(Number.isInteger(waitingMax) && waitingMax >= 0)) {
    refuse("waitingMax", "a whole number from 0 on", waitingMax);
  }
}
