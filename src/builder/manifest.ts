/**
 * What is built, as a builder's manifest says it: the form of the Collector's builder, with `cargo` and `npm` where that
 * has `gomod`. Mistakes that the Collector's builder knows are told in its words.
 */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Decoder, type KeyPath } from "../config/decoder.ts";
import { type Conf, kindOf } from "../confmap/conf.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import { resolveFiles } from "../confmap/resolve.ts";
import { quote } from "../core/quote.ts";

/** A Rust crate whose extensions are taken in. */
export interface CargoModule {
  /** The crate's name in its `Cargo.toml`. */
  readonly name: string;
  /** Exactly this one; any when only a path is given. */
  readonly version?: string;
  /** The crate's folder, absolute; without one the crate is fetched by cargo. */
  readonly path?: string;
  readonly features: readonly string[];
}

/** A package of TypeScript components. It exports `factories`, a list. */
export interface NpmModule {
  readonly name: string;
  /** Exactly this one; any that is installed when it is absent. */
  readonly version?: string;
  /** The package's folder, absolute; without one it must be installed. */
  readonly path?: string;
}

/** What the distribution is called, and where it goes. */
export interface Dist {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** Absolute. */
  readonly outputPath: string;
}

/** A whole manifest. */
export interface Manifest {
  /** Where the manifest lies: paths in it begin here. Absolute. */
  readonly folder: string;
  readonly dist: Dist;
  /** In the manifest's order. */
  readonly crates: readonly CargoModule[];
  readonly packages: readonly NpmModule[];
}

const DIST_KEYS = ["name", "description", "version", "output_path"];
const MODULE_KEYS = ["cargo", "npm", "path", "features"];
/** What cargo and npm both take for a name, without npm's scopes. */
const DIST_NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const CRATE_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const PACKAGE_NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;
const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** Reads a manifest.
 * @throws {InvalidConfigError} with every mistake of the stage at which it failed, and its place */
export async function readManifest(file: string): Promise<Manifest> {
  const folder = dirname(resolve(file));
  return decodeManifest(await resolveFiles([`file:${file}`]), folder);
}

/** The same for a configuration that was read already. */
export function decodeManifest(conf: Conf, folder: string): Manifest {
  const decoder = new Decoder(conf);
  const fields = decodeDist(decoder);
  const modules = decodeModules(decoder);
  decoder.refuseUnknown([], ["dist", "extensions"]);
  stop(decoder, "failed to unmarshal configuration: ");
  checkDist(decoder, fields);
  for (const module of modules) checkModule(decoder, module);
  if (modules.length === 0) decoder.complain(["extensions"], "extensions: a distribution needs at least one");
  checkTwice(decoder, modules);
  stop(decoder, "invalid configuration: ");
  const located = modules.map((module) => locate(decoder, module, folder));
  stop(decoder, "invalid module configuration: ");
  return {
    folder,
    dist: { ...fields, outputPath: resolve(folder, fields.outputPath) },
    crates: located
      .filter(({ kind }) => kind === "cargo")
      .map(({ spec, features, path }) => ({ ...spec, features, ...path })),
    packages: located.filter(({ kind }) => kind === "npm").map(({ spec, path }) => ({ ...spec, ...path })),
  };
}

/** One entry of `extensions`, as it stands there. */
interface Module {
  readonly index: number;
  readonly cargo: string | undefined;
  readonly npm: string | undefined;
  readonly path: string | undefined;
  readonly features: readonly string[];
}

function decodeDist(decoder: Decoder): Dist {
  const text = (key: string, otherwise: string): string => decodeText(decoder, ["dist", key]) ?? otherwise;
  const dist = {
    name: text("name", "ferrule-custom"),
    description: text("description", "Custom ferrule distribution"),
    version: text("version", "1.0.0"),
    outputPath: text("output_path", "dist"),
  };
  decoder.refuseUnknown(["dist"], DIST_KEYS);
  return dist;
}

function decodeModules(decoder: Decoder): Module[] {
  const list = decoder.conf.get(["extensions"]);
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) {
    decoder.complain(["extensions"], `'extensions' source data must be an array or slice, got ${kindOf(list)}`);
    return [];
  }
  return list.map((_, index) => {
    const path = ["extensions", index] as const;
    decoder.refuseUnknown(path, MODULE_KEYS);
    // After a complaint the section is empty, and what is in it is not asked for.
    const field = (key: string) =>
      decoder.section(path).isSet([key]) ? decodeText(decoder, [...path, key]) : undefined;
    const [cargo, npm, folder] = [field("cargo"), field("npm"), field("path")];
    return { index, cargo, npm, path: folder, features: decodeFeatures(decoder, path) };
  });
}

function decodeFeatures(decoder: Decoder, module: KeyPath): string[] {
  const path = [...module, "features"];
  const list = decoder.section(module).get(["features"]);
  if (list === undefined || list === null) return [];
  if (Array.isArray(list)) return list.flatMap((_, index) => decodeText(decoder, [...path, index]) ?? []);
  decoder.complain(
    path,
    `'extensions[${module[1]}].features' source data must be an array or slice, got ${kindOf(list)}`,
  );
  return [];
}

function decodeText(decoder: Decoder, path: KeyPath): string | undefined {
  const value = decoder.conf.get(path);
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  const name = path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${key}`))
    .join("");
  const hint = typeof value === "number" ? "write it in quotes" : undefined;
  decoder.complain(path, `'${name}' expected type 'string', got unconvertible type '${kindOf(value)}'`, hint);
  return undefined;
}

function checkDist(decoder: Decoder, { name, version }: Dist): void {
  if (!DIST_NAME.test(name)) {
    const hint = "a small letter, then small letters, digits, - and _";
    decoder.complain(["dist", "name"], `dist: ${quote(name)} is no name for a package`, hint);
  }
  if (!VERSION.test(version)) {
    decoder.complain(["dist", "version"], `dist: ${quote(version)} is no version`, "write it like 1.2.3");
  }
}

function checkModule(decoder: Decoder, module: Module): void {
  const mistake = mistakeIn(module);
  if (mistake === undefined) return;
  const { text, key, hint } = mistake;
  const at = ["extensions", module.index, ...(key === undefined ? [] : [key])];
  decoder.complain(at, `extension module at index ${module.index}: ${text}`, hint);
}

/** The first thing that is wrong with an entry. */
function mistakeIn({ cargo, npm, path, features }: Module): { text: string; key?: string; hint?: string } | undefined {
  if (!cargo && !npm) return { text: "missing cargo or npm specification for module" };
  if (cargo && npm) return { text: "cargo and npm specification for one module: give exactly one of them" };
  const key = cargo ? "cargo" : "npm";
  const specification = (cargo || npm)!;
  const { name, version, rest } = split(specification);
  if (!(key === "cargo" ? CRATE_NAME : PACKAGE_NAME).test(name) || rest.length > 0) {
    const text = `invalid ${key} specification for module: ${quote(specification)}`;
    return { text, key, hint: "write it like `name 1.2.3`" };
  }
  if (version !== undefined && !VERSION.test(version)) {
    const text = `invalid version in ${key} specification for module: ${quote(version)}`;
    return { text, key, hint: "write it like 1.2.3" };
  }
  if (key === "cargo" && version === undefined && path === undefined) {
    const text = `missing version or path for module ${quote(name)}`;
    return { text, key, hint: "write it like `name 1.2.3`, or give its path" };
  }
  if (key === "npm" && features.length > 0) return { text: "features are for modules with cargo", key: "features" };
  return undefined;
}

/** Cargo would take one of the two in silence, or neither. */
function checkTwice(decoder: Decoder, modules: readonly Module[]): void {
  const seen = new Map<string, number>();
  for (const { index, cargo, npm } of modules) {
    const specification = cargo || npm;
    if (!specification) continue;
    const key = `${cargo ? "cargo" : "npm"} ${split(specification).name}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else
      decoder.complain(
        ["extensions", index],
        `extension module at index ${index}: ${key} stands at index ${first} already`,
      );
  }
}

function locate(decoder: Decoder, { index, cargo, npm, path, features }: Module, folder: string) {
  const full = path === undefined ? undefined : resolve(folder, path);
  if (full !== undefined && !existsSync(full)) {
    decoder.complain(["extensions", index, "path"], `filepath does not exist: ${full}`);
  }
  const { name, version } = split((cargo || npm)!);
  const spec = version === undefined ? { name } : { name, version };
  return { kind: cargo ? "cargo" : "npm", spec, features, path: full === undefined ? {} : { path: full } } as const;
}

function split(specification: string) {
  const [name = "", version, ...rest] = specification.trim().split(/\s+/);
  return { name, version, rest };
}

function stop({ problems }: Decoder, frame: string): void {
  if (problems.length > 0) throw new InvalidConfigError("decode", problems, undefined, frame);
}
