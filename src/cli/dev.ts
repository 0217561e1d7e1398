/** `ferrule dev`: builds, runs, and does both again after every change of a source or of the configuration. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type BuildResult, build, report } from "../builder/build.ts";
import { buildError } from "../builder/build-error.ts";
import { DevLoop } from "../builder/dev-loop.ts";
import { readManifest } from "../builder/manifest.ts";
import { stderr } from "./output.ts";
import { reportError, UsageError } from "./report.ts";

export interface DevOptions {
  readonly config?: readonly string[];
  readonly manifest?: string;
  readonly release?: boolean;
}

const OF_RUST = /\.rs$|(?:^|\/)(?:Cargo\.toml|rust-toolchain\.toml)$/;

/** Runs until SIGINT or SIGTERM. Resolves with the exit code.
 * @param words the command to run; without one, this program's `run` with the library that was built */
export async function dev(options: DevOptions, words: readonly string[]): Promise<number> {
  const folder = process.cwd();
  const { config = [], manifest } = options;
  if (words.length === 0 && config.length === 0) {
    throw new UsageError("nothing to run: give the service's file by --config, or a command behind --");
  }
  let last: BuildResult | undefined;
  const ending = new AbortController();
  const loop = new DevLoop({
    roots: await rootsOf(folder, options),
    folder,
    say: (text) => stderr.write(`ferrule dev: ${text}\n`),
    build: async (changed) => {
      // Even when nothing is stale cargo takes its moment: it is asked the first time, and for sources of its own.
      const files =
        manifest === undefined ? OF_RUST : new RegExp(`${OF_RUST.source}|\\.ya?ml$|\\.m?[jt]s$|package\\.json$`);
      if (last === undefined || changed.some((name) => files.test(name))) last = await built(options, ending.signal);
      if (existsSync(join(folder, "tsconfig.json"))) await compile(folder);
    },
    command: () => {
      if (words.length > 0) return words as [string, ...string[]];
      const program = manifest === undefined ? process.argv[1]! : join(last!.folder, "bin.js");
      const library = manifest === undefined ? ["--library", join(last!.folder, last!.library!)] : [];
      return [process.execPath, program, "run", ...config.flatMap((source) => ["--config", source]), ...library];
    },
  });
  const stopped = new Promise<void>((stop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());
  });
  await Promise.race([loop.round(), stopped]);
  await stopped;
  const closed = loop.close();
  ending.abort();
  await closed;
  return 0;
}

async function built(options: DevOptions, signal: AbortSignal): Promise<BuildResult> {
  const { manifest } = options;
  try {
    const result = await build({
      signal,
      dev: options.release !== true,
      ...(manifest === undefined ? {} : { manifest }),
    });
    stderr.write(report(result));
    return result;
  } catch (error) {
    if (!signal.aborted) reportError(error);
    throw buildError("the build failed");
  }
}

/** The folder, what the manifest brings by path, and where the configuration lies. */
async function rootsOf(folder: string, { manifest, config = [] }: DevOptions): Promise<string[]> {
  const files = config.filter((source) => existsSync(source)).map((source) => dirname(resolve(source)));
  if (manifest === undefined) return [folder, ...files];
  const { crates, packages, folder: own } = await readManifest(manifest);
  return [own, ...[...crates, ...packages].flatMap(({ path }) => path ?? []), ...files];
}

/** The project's own compiler. */
function compile(folder: string): Promise<void> {
  const tsc = join(folder, "node_modules/typescript/bin/tsc");
  if (!existsSync(tsc)) return Promise.reject(buildError(`${tsc} does not exist: run npm install`));
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [tsc, "--pretty"], { cwd: folder, stdio: ["ignore", 2, 2] });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? done() : reject(buildError("tsc found mistakes: they stand above"))));
  });
}
