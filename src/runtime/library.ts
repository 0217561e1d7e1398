/**
 * A Rust library, and its few plain functions. The one file that touches koffi: calls go through the ring, not through
 * here.
 */
import { existsSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import type Koffi from "koffi";
import { FerruleError, LibraryError, messageOf } from "../core/errors.ts";
import { checkPlatform } from "./platform.ts";
import type { RustError } from "./rust-error.ts";

/** Must equal `ABI_VERSION` in `runtime/src/abi.rs`. */
const ABI_VERSION = 2;

/** Loaded at the first use: on a platform that it does not know, its import would fail before we can say so. */
let loadedKoffi: typeof Koffi | undefined;

function koffi(): typeof Koffi {
  loadedKoffi ??= createRequire(import.meta.url)("koffi") as typeof Koffi;
  return loadedKoffi;
}

type Native = (...args: unknown[]) => number;

/** What Rust answers to `open`. */
export interface Opened {
  readonly lane: number;
  readonly address: string;
  readonly size: number;
  readonly socket: number;
}

/** Libraries stay loaded until the process ends: their threads outlive whoever loaded them. */
const loaded = new Map<string, Library>();

export class Library {
  readonly path: string;
  readonly #open: Native;
  readonly #share: Native;
  readonly #registry: Native;
  readonly #configDefault: Native;
  readonly #configValidate: Native;
  readonly #attach: Native;
  readonly #wake: Native;
  readonly #wait: Native;
  readonly #close: Native;
  readonly #release: Native;

  /**
   * Loads a library, or finds it loaded.
   * @throws {LibraryError} `LIBRARY_NOT_FOUND`, `LIBRARY_INVALID`, `ABI_MISMATCH`, `UNSUPPORTED_PLATFORM`
   */
  static load(path: string): Library {
    checkPlatform();
    const full = resolve(path);
    if (!existsSync(full)) throw new LibraryError("LIBRARY_NOT_FOUND", `library not found: ${full}`);
    if (!statSync(full).isFile()) throw new LibraryError("LIBRARY_INVALID", `${full} is not a file`);
    const real = realpathSync(full);
    const known = loaded.get(real);
    if (known !== undefined) return known;
    const library = new Library(real);
    loaded.set(real, library);
    return library;
  }

  private constructor(path: string) {
    this.path = path;
    const library = loadNative(path);
    const bind = (definition: string): Native => {
      try {
        return library.func(definition) as Native;
      } catch (cause) {
        throw new LibraryError("LIBRARY_INVALID", `${path} is not a ferrule library: ${messageOf(cause)}`, { cause });
      }
    };
    const abi = bind("uint32_t ferrule_abi()");
    const version = abi();
    if (version !== ABI_VERSION) {
      const values = `the library's is ${version}, this package has ${ABI_VERSION}`;
      const remedy = "build the library against the crates of this ferrule version";
      throw new LibraryError("ABI_MISMATCH", `${path} has another ABI version: ${values}; ${remedy}`);
    }
    this.#open = bind("int64_t ferrule_open(const uint8_t *in, uint32_t length, uint8_t *out, uint32_t capacity)");
    this.#share = bind(
      "int64_t ferrule_share(uint32_t lane, const uint8_t *in, uint32_t length, uint8_t *out, uint32_t capacity)",
    );
    this.#registry = bind("int64_t ferrule_registry(uint8_t *out, uint32_t capacity)");
    this.#configDefault = bind(
      "int64_t ferrule_config_default(const uint8_t *type, uint32_t length, uint8_t *out, uint32_t capacity)",
    );
    this.#configValidate = bind(
      "int64_t ferrule_config_validate(const uint8_t *type, uint32_t typeLength, const uint8_t *in, uint32_t length, uint8_t *out, uint32_t capacity)",
    );
    this.#attach = bind("int32_t ferrule_attach(uint32_t lane, uint32_t expected)");
    this.#wake = bind("int32_t ferrule_wake(uint32_t lane)");
    this.#wait = bind("int32_t ferrule_wait(uint32_t lane, uint32_t micros)");
    this.#close = bind("int32_t ferrule_close(uint32_t lane, uint32_t graceMs)");
    this.#release = bind("int32_t ferrule_release(uint32_t lane, uint32_t unmap)");
  }

  /** Opens a runtime. @throws {LibraryError} `OPEN_FAILED`, `REGISTRY_INVALID` */
  open(options: object): Opened {
    const text = JSON.stringify(options);
    // Opening is not repeatable, so its answer must fit at once: it is four numbers, or one error.
    return JSON.parse(this.#text((out) => this.#open(...lend(text), out, out.length), 256 * 1024)) as Opened;
  }

  /**
   * Opens one more lane of a runtime.
   * @throws {FerruleError} `LANES_EXHAUSTED`, `RUNTIME_CLOSED`
   * @throws {LibraryError} `OPEN_FAILED`
   */
  share(lane: number, options: object): Opened {
    const text = JSON.stringify(options);
    return JSON.parse(this.#text((out) => this.#share(lane, ...lend(text), out, out.length), 256 * 1024)) as Opened;
  }

  /** Every factory, as JSON. */
  registry(): string {
    return this.#text((out) => this.#registry(out, out.length));
  }

  configDefault(type: string): string {
    return this.#text((out) => this.#configDefault(...lend(type), out, out.length));
  }

  configValidate(type: string, json: string): string {
    return this.#text((out) => this.#configValidate(...lend(type), ...lend(json), out, out.length));
  }

  attach(lane: number, expected: number): boolean {
    return this.#attach(lane, expected) === 1;
  }

  wake(lane: number): void {
    this.#wake(lane);
  }

  /** Blocks this thread until something was published for the lane, or the time is over. Never longer than 0.1 s. */
  wait(lane: number, micros: number): void {
    this.#wait(lane, micros);
  }

  close(lane: number, graceMs: number): void {
    this.#close(lane, graceMs);
  }

  release(lane: number, unmap: boolean): void {
    this.#release(lane, unmap ? 1 : 0);
  }

  /** A view of a mapping. One for each: a view costs microseconds, and memory that is not given back soon. */
  view(opened: Opened): ArrayBuffer {
    return koffi().view(BigInt(opened.address), opened.size);
  }

  #text(call: (out: Buffer) => number, capacity = 16 * 1024): string {
    let out = Buffer.alloc(capacity);
    let length = call(out);
    if (Math.abs(length) > out.length) {
      out = Buffer.alloc(Math.abs(length));
      length = call(out);
    }
    const text = out.toString("utf8", 0, Math.abs(length));
    if (length >= 0) return text;
    const error = JSON.parse(text) as RustError;
    const details = { permanent: error.permanent, retryable: error.retryable };
    if (error.code === "REGISTRY_INVALID" || error.code === "OPEN_FAILED") {
      throw new LibraryError(error.code, `${this.path}: ${error.message}`, details);
    }
    throw new FerruleError(error.code, error.message, details);
  }
}

function loadNative(path: string): ReturnType<typeof Koffi.load> {
  try {
    return koffi().load(path);
  } catch (cause) {
    throw new LibraryError("LIBRARY_INVALID", `cannot load ${path}: ${messageOf(cause)}`, { cause });
  }
}

function lend(text: string): [Buffer, number] {
  const bytes = Buffer.from(text, "utf8");
  return [bytes, bytes.length];
}
