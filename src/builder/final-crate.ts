/** The crate that becomes the library: it names the component crates, and exports ferrule's functions. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Component, FerruleSource } from "./crates.ts";
import { SDK } from "./crates.ts";
import { readIfThere, writeIfChanged } from "./files.ts";
import type { CargoModule } from "./manifest.ts";

/** A final crate in a folder of its own, which is written anew at every build. */
export class FinalCrate {
  readonly folder: string;
  readonly #name: string;

  /** @param name of the distribution */
  constructor(folder: string, name: string) {
    this.folder = folder;
    this.#name = `${name}-library`;
  }

  get manifest(): string {
    return join(this.folder, "Cargo.toml");
  }

  /** Name of the library in Rust. */
  get library(): string {
    return this.#name.replaceAll("-", "_");
  }

  /** A crate beside this one, to look at one of its components alone. */
  probe(component: string): FinalCrate {
    return new FinalCrate(join(this.folder, "../probe", component), `probe-${component}`);
  }

  /** Writes what cargo needs to resolve the crates. */
  writeManifest(modules: readonly CargoModule[], { root }: FerruleSource): void {
    writeIfChanged(this.manifest, manifestText(this.#name, this.library, modules, root));
    writeIfChanged(join(this.folder, "build.rs"), BUILD_SCRIPT);
    // Cargo reads no crate without a source.
    if (!existsSync(this.#source)) writeIfChanged(this.#source, "");
  }

  /** Writes the library's one line.
   * @param count how many extensions there are: compared when the library is opened */
  writeSource(components: readonly Component[], count: number): void {
    const names = components.map(({ library }) => library).join(", ");
    const text = `//! Written by ferrule build.\n\nferrule_runtime::library!(extensions: ${count}, from: [${names}]);\n`;
    writeIfChanged(this.#source, text);
  }

  /** The count in the source as it is; undefined when there is none yet. */
  get count(): number | undefined {
    const count = /extensions: (\d+)/.exec(readIfThere(this.#source) ?? "")?.[1];
    return count === undefined ? undefined : Number(count);
  }

  /**
   * Takes the user's lock file over, once for every change of it: cargo adds to the copy what the library needs beside
   * the components, and that is not to be fetched and chosen again at every build.
   */
  takeLock(path: string): void {
    const text = readIfThere(path);
    if (text === undefined) return;
    const hash = `${createHash("sha256").update(text).digest("hex")}\n`;
    if (!writeIfChanged(join(this.folder, "Cargo.lock.taken"), hash)) return;
    writeIfChanged(this.lock, text);
  }

  /** The lock file that cargo keeps for this crate. */
  get lock(): string {
    return join(this.folder, "Cargo.lock");
  }

  get #source(): string {
    return join(this.folder, "src/lib.rs");
  }
}

/** Threads of the library outlive whoever loaded it: it must stay loaded. */
const BUILD_SCRIPT = `//! Written by ferrule build. Marks the library as one that is never unloaded.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
`;

function manifestText(name: string, library: string, modules: readonly CargoModule[], root: string): string {
  const dependencies = modules.map(({ name: crate, version, path, features }) => {
    const from = path === undefined ? `version = ${toml(`=${version}`)}` : `path = ${toml(path)}`;
    const chosen = features.length === 0 ? "" : `, features = [${features.map(toml).join(", ")}]`;
    return `${toml(crate)} = { ${from}${chosen} }\n`;
  });
  const fetched = modules.some(({ path }) => path === undefined);
  // The crates are not published: what a fetched component asks for by version is found here.
  const patch = fetched ? `\n[patch.crates-io]\n${SDK} = { path = ${toml(join(root, "runtime/sdk"))} }\n` : "";
  return `# Written by ferrule build.
[package]
name = ${toml(name)}
version = "0.0.0"
edition = "2024"
publish = false

# Not a member of a workspace that may lie around it.
[workspace]

[lib]
name = ${toml(library)}
crate-type = ["cdylib"]

[dependencies]
ferrule-runtime = { path = ${toml(join(root, "runtime"))} }
${dependencies.join("")}
# A panic must become an error: with "abort" it would end the process.
[profile.dev]
panic = "unwind"

[profile.release]
panic = "unwind"
strip = "debuginfo"
lto = "thin"
codegen-units = 4
${patch}`;
}

/** A text as TOML: its basic strings have the escapes of JSON. */
function toml(text: string): string {
  return JSON.stringify(text);
}
