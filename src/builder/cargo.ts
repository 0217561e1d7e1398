/** Running cargo: whether it is there and new enough, what it knows of crates, and building a library. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { buildError } from "./build-error.ts";

/** The floor that ferrule's crates state as `rust-version`. */
const RUST_MIN = [1, 91] as const;
const RUSTUP = "https://rustup.rs";

/** A package as `cargo metadata` describes it, as far as a build asks. */
export interface CargoPackage {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description: string | null;
  readonly manifest_path: string;
  readonly dependencies: readonly CargoDependency[];
  readonly targets: readonly { readonly name: string; readonly kind: readonly string[] }[];
  readonly metadata: { readonly ferrule?: { readonly extensions?: unknown } } | null;
}

export interface CargoDependency {
  readonly name: string;
  readonly req: string;
  /** Folder of a dependency by path. */
  readonly path?: string;
  readonly kind: string | null;
}

export interface CargoMetadata {
  readonly packages: readonly CargoPackage[];
  /** Null without dependencies. */
  readonly resolve: {
    readonly nodes: readonly { readonly id: string; readonly deps: readonly { readonly pkg: string }[] }[];
  } | null;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Cargo in one folder: its configuration and toolchain files are those of that folder. */
export class Cargo {
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;
  /** What rustc builds for here: what other platforms need is not looked at, nor fetched. */
  #host: string | undefined;

  /** @param signal ends what runs when it is aborted */
  constructor(folder: string, signal?: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /** @throws {FerruleError} `BUILD_FAILED` when Rust is missing or too old */
  async check(): Promise<void> {
    const { code, stdout, stderr } = await this.#run("rustc", ["--version", "--verbose"]);
    if (code !== 0) throw buildError(`rustc --version failed: ${stderr.trim()}`);
    this.#host = /^host: (\S+)$/m.exec(stdout)?.[1];
    const found = /^rustc (\d+)\.(\d+)\S*/.exec(stdout);
    const [major = 0, minor = 0] = [Number(found?.[1]), Number(found?.[2])];
    if (major > RUST_MIN[0] || (major === RUST_MIN[0] && minor >= RUST_MIN[1])) return;
    const needed = RUST_MIN.join(".");
    throw buildError(
      `${found?.[0] ?? stdout.trim()} is too old, ferrule needs ${needed} or newer: run rustup update stable`,
    );
  }

  /** Reads one `Cargo.toml`, and with `withDependencies` everything that it leads to.
   * @throws {FerruleError} `BUILD_FAILED` with cargo's own words */
  async metadata(manifest: string, withDependencies: boolean): Promise<CargoMetadata> {
    const args = ["metadata", "--format-version", "1", "--manifest-path", manifest];
    const platform = this.#host === undefined ? [] : ["--filter-platform", this.#host];
    const { code, stdout, stderr } = await this.#run("cargo", [
      ...args,
      ...(withDependencies ? platform : ["--no-deps"]),
    ]);
    if (code !== 0) throw buildError(`cargo cannot read ${manifest}: ${stderr.trim()}`);
    return JSON.parse(stdout) as CargoMetadata;
  }

  /** Builds a crate of type `cdylib`. Cargo's progress and errors go to this process's stderr.
   * @param library the target's name
   * @returns path of the shared library, and whether cargo had to build it
   * @throws {FerruleError} `BUILD_FAILED` */
  async build(manifest: string, library: string, options: BuildOptions): Promise<{ file: string; fresh: boolean }> {
    const profile = options.profile === "release" ? ["--release"] : [];
    const format = ["--message-format", "json-render-diagnostics"];
    const args = ["build", "--manifest-path", manifest, "--target-dir", options.targetDir, ...profile, ...format];
    const { code, stdout } = await this.#run("cargo", args, "inherit");
    this.#signal?.throwIfAborted();
    if (code !== 0) throw buildError("cargo build failed: what it says stands above");
    for (const line of stdout.split("\n").reverse()) {
      if (!line.startsWith("{")) continue;
      const message = JSON.parse(line) as Artifact;
      if (message.reason !== "compiler-artifact" || message.target.name !== library) continue;
      const file = message.filenames.find((name) => name.endsWith(".so"));
      if (file !== undefined && resolve(message.manifest_path) === resolve(manifest))
        return { file, fresh: message.fresh };
    }
    throw buildError(`cargo built no shared library ${library}`);
  }

  #run(command: string, args: readonly string[], stderr: "pipe" | "inherit" = "pipe"): Promise<Ended> {
    return new Promise((settle, reject) => {
      const signal = this.#signal === undefined ? {} : { signal: this.#signal };
      const child = spawn(command, args, { cwd: this.#folder, stdio: ["ignore", "pipe", stderr], ...signal });
      const ended = { stdout: "", stderr: "" };
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        ended.stdout += text;
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        ended.stderr += text;
      });
      child.on("error", (error: NodeJS.ErrnoException) =>
        reject(error.code === "ENOENT" ? missing(command, error) : error),
      );
      child.on("close", (code) => settle({ code, ...ended }));
    });
  }
}

export interface BuildOptions {
  /** `dev` compiles faster, `release` runs faster. */
  readonly profile: "release" | "dev";
  readonly targetDir: string;
}

interface Artifact {
  readonly reason: string;
  readonly target: { readonly name: string };
  readonly manifest_path: string;
  readonly filenames: readonly string[];
  readonly fresh: boolean;
}

function missing(command: string, cause: unknown): Error {
  const text = `${command} was not found: building needs Rust ${RUST_MIN.join(".")} or newer; install it with rustup, ${RUSTUP}`;
  return buildError(text, cause);
}
