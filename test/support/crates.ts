/** Crates, packages and manifests that tests of the builder build. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./markdown.js";

/** Always the same folder: what cargo built there is found again by the next run. */
export const FOLDER = join(ROOT, "target/builder-test");
export const SDK = join(ROOT, "runtime/sdk");

export function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(FOLDER, name);
    mkdirSync(dirname(path), { recursive: true });
    // Left alone where it is the same: cargo goes by times.
    if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
  }
}

/** A crate that registers extensions of these types. */
export function crate(folder: string, types: readonly string[], extra = "", sdk = `path = "${SDK}"`): void {
  const name = folder.split("/").at(-1) ?? folder;
  const factories = types.map(
    (type, index) => `
struct F${index};
impl ExtensionFactory for F${index} {
    fn component_type(&self) -> &'static str { "${type}" }
    fn create_instance(&self, _config: &str) -> Result<Box<dyn Extension>, Error> { Ok(Box::new(Nothing)) }
}
ferrule::register!(R${index}: F${index} = F${index});
`,
  );
  write({
    [`${folder}/Cargo.toml`]: `[package]
name = "${name}"
version = "0.3.1"
edition = "2024"
${extra}
[workspace]
[dependencies]
ferrule-sdk = { ${sdk} }
`,
    // The versions that are vendored.
    [`${folder}/Cargo.lock`]: readFileSync(join(ROOT, "Cargo.lock"), "utf8"),
    [`${folder}/src/lib.rs`]: `#![allow(unused)]
use ferrule::prelude::*;
struct Nothing;
impl Extension for Nothing {}
${factories.join("")}`,
  });
}

const MANIFEST = `
dist: { name: my-collector, description: Mine, version: 1.2.3, output_path: out }
extensions:
  - { cargo: alpha, path: crates/alpha }
  - { cargo: beta 0.3.1, path: crates/beta, features: [second] }
  - cargo: gamma 0.3.1
  - { npm: zpages 0.2.0, path: packages/zpages }
`;
export const COMPONENT = `
const none = async () => undefined;
export const factories = [{
  type: "zpages", stability: "Beta", createDefaultConfig: () => ({}),
  create: () => ({ start: none, shutdown: none }),
}];
`;

/** Prepares the folder: crates by path, a vendored one, a package, and a manifest of them all. */
export function prepare(): void {
  process.env.CARGO_TARGET_DIR = join(FOLDER, "target");
  process.env.CARGO_NET_OFFLINE = "true";
  mkdirSync(join(FOLDER, "node_modules"), { recursive: true });
  if (!existsSync(join(FOLDER, "node_modules/ferrule"))) symlinkSync(ROOT, join(FOLDER, "node_modules/ferrule"));
  crate("crates/alpha", ["alpha"]);
  crate("crates/beta", ["beta", "beta_second"], "[features]\nsecond = []");
  write({
    "crates/beta/src/lib.rs": readFileSync(join(FOLDER, "crates/beta/src/lib.rs"), "utf8").replace(
      "ferrule::register!(R1",
      '#[cfg(feature = "second")]\nferrule::register!(R1',
    ),
    ".cargo/config.toml": `[source.crates-io]
replace-with = "vendored"

[source.vendored]
directory = "vendor"
`,
    "packages/zpages/package.json": '{"name": "zpages", "version": "0.2.0", "type": "module", "exports": "./index.js"}',
    "packages/zpages/index.js": COMPONENT,
    "builder.yaml": MANIFEST,
  });
  vendor();
  // The versions that this repository has locked are those that are there without a network.
  if (!existsSync(join(FOLDER, "Cargo.lock"))) write({ "Cargo.lock": readFileSync(join(ROOT, "Cargo.lock"), "utf8") });
}

/** What stands in for crates.io: all that ferrule needs, as `cargo vendor` writes it, and one component. */
function vendor(): void {
  const lock = readFileSync(join(ROOT, "Cargo.lock"), "utf8");
  const stamp = join(FOLDER, "vendored.lock");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    // Without the configuration that names the folder which is written.
    const options = { cwd: ROOT, stdio: "pipe" } as const;
    execFileSync("cargo", ["vendor", "--locked", "--quiet", join(FOLDER, "vendor")], options);
    writeFileSync(stamp, lock);
  }
  crate("vendor/gamma", ["gamma"], "", 'version = "0.1"');
  write({ "vendor/gamma/.cargo-checksum.json": '{"files":{},"package":null}' });
}

/** The word of flags with which a library tells the loader not to unload it, among others. */
export function dynamicFlags(file: string): number {
  const elf = readFileSync(file);
  const [start, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  for (let header = start; header < start + size * count; header += size) {
    if (elf.readUInt32LE(header) !== 2) continue; // the dynamic section
    const [at, length] = [Number(elf.readBigUInt64LE(header + 8)), Number(elf.readBigUInt64LE(header + 32))];
    for (let entry = at; entry < at + length; entry += 16) {
      if (elf.readBigUInt64LE(entry) === 0x6ffffffbn) return Number(elf.readBigUInt64LE(entry + 8));
    }
  }
  return 0;
}

/** A manifest of its own beside the others. */
export function manifest(name: string, entries: readonly string[]): string {
  write({
    [`${name}/builder.yaml`]: `dist: { name: ${name} }\nextensions:\n${entries.map((each) => `  - ${each}\n`).join("")}`,
    [`${name}/Cargo.lock`]: readFileSync(join(ROOT, "Cargo.lock"), "utf8"),
  });
  return `${name}/builder.yaml`;
}
