/** Opens a Rust library. */
import { closeSync } from "node:fs";
import { FerruleError, LibraryError, messageOf } from "../core/errors.ts";
import { checkHeader } from "../ring/header.ts";
import { Words } from "../ring/words.ts";
import { bundledLibrary, Library, type Opened } from "./library.ts";
import { type Lane, Runtime } from "./runtime.ts";
import type { ComponentInfo, RuntimeOptions } from "./types.ts";

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
export async function open(path?: string, given: RuntimeOptions & FirstOptions = {}): Promise<Runtime> {
  const options = given ?? {};
  checkOptions(options);
  if (path !== undefined && (typeof path !== "string" || path === "")) {
    const found = `path must be a non-empty string, got ${path === "" ? "an empty one" : messageOf(path)}`;
    throw new FerruleError("INVALID_ARGUMENT", found, { permanent: true });
  }
  const library = Library.load(path ?? bundledLibrary());
  const opened = library.open({
    log_level: options.logger === undefined ? "off" : (options.logLevel ?? "info"),
    first_cursor: options.firstCursor ?? 0,
    first_byte_cursor: options.firstByteCursor ?? 0,
    first_generation: options.firstGeneration ?? 0,
  });
  return new Runtime(library, opened, attach(library, opened), options);
}

/** When nobody can look at a mapping any more, its addresses are given back: a view would read what came there next. */
const unmapWhenCollected = new FinalizationRegistry<() => void>((unmap) => unmap());

/** Maps the lane that Rust made, and checks it. */
function attach(library: Library, opened: Opened): Lane {
  try {
    const buffer = library.view(opened);
    unmapWhenCollected.register(buffer, () => library.release(opened.runtime, true));
    const words = new Words(buffer);
    const first = checkHeader(words, library.path);
    const components = JSON.parse(library.registry()) as ComponentInfo[];
    // Shows that `Atomics` on this buffer reach the memory that Rust sees.
    const value = Math.floor(Math.random() * 2 ** 32);
    words.selfTest(value);
    if (!library.attach(opened.runtime, value)) {
      throw new LibraryError("OPEN_FAILED", `${library.path}: JavaScript and Rust do not see the same memory`);
    }
    return { words, first, components };
  } catch (error) {
    closeSync(opened.socket); // Rust takes the end of its socket for the end of this thread, and closes
    throw error;
  }
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
