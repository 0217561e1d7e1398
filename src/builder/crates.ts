/**
 * The component crates of a library: what they are called, which ferrule each is written against, and whether that is
 * one and the same. Two in one library would each have a registry of their own, and half of the extensions were lost.
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { quote } from "../core/quote.ts";
import { buildError } from "./build-error.ts";
import type { Cargo, CargoMetadata, CargoPackage } from "./cargo.ts";
import type { CargoModule } from "./manifest.ts";
import { ownPackage } from "./own-package.ts";

/** What an extension is written against. */
export const SDK = "ferrule-sdk";
/** Ferrule's own crates, which have the sdk from nobody else. */
const OWN: ReadonlySet<string> = new Set([SDK, "ferrule-macros", "ferrule-ring", "ferrule-runtime"]);
/** Crates behind one another that are searched for the sdk. */
const DEPTH_MAX = 16;

/** Where the ferrule stands that a library is built with. */
export interface FerruleSource {
  /** Folder with `runtime/` and `runtime/sdk/`. */
  readonly root: string;
}

/** A component crate, found. */
export interface Component {
  readonly package: string;
  readonly version: string;
  /** Name of its library in Rust. */
  readonly library: string;
  /** How many extensions its author says that it registers; undefined when nothing is said. */
  readonly stated: number | undefined;
}

/** The crate in a folder as a module.
 * @throws {FerruleError} `BUILD_FAILED` when there is none */
export async function crateIn(
  cargo: Cargo,
  folder: string,
): Promise<CargoModule & { description: string; version: string }> {
  const manifest = join(folder, "Cargo.toml");
  if (!existsSync(manifest)) {
    const remedy = "run it in the folder of a crate, name a manifest by --manifest, or make a project by ferrule new";
    throw buildError(`there is no crate here: ${manifest} does not exist; ${remedy}`);
  }
  const { name, version, description } = await packageAt(cargo, folder);
  return { name, version, path: folder, features: [], description: description ?? "" };
}

/** Finds the one ferrule that all crates with a path are written against. Those without one get the same.
 * @throws {FerruleError} `BUILD_FAILED` for two of them, naming both and who pulls each */
export async function ferruleOf(cargo: Cargo, modules: readonly CargoModule[]): Promise<FerruleSource> {
  const found = new Map<string, string>();
  for (const { name, path } of modules) {
    if (path === undefined) continue;
    const own = await packageAt(cargo, path);
    if (own.name !== name) throw buildError(`the crate at ${path} is ${quote(own.name)}, not ${quote(name)}`);
    await findSdk(cargo, own, [name], found);
  }
  const [first, second] = found;
  if (second !== undefined) throw two(first!, second);
  if (first === undefined) return { root: ownPackage().root };
  const root = dirname(dirname(first[0]));
  if (existsSync(join(root, "runtime/Cargo.toml"))) return { root };
  throw buildError(`${first[0]}, which ${first[1]} pulls, is no part of a ferrule: ${root}/runtime is not there`);
}

/** @param found folders of the sdk, with who pulls each */
async function findSdk(
  cargo: Cargo,
  from: CargoPackage,
  chain: readonly string[],
  found: Map<string, string>,
): Promise<void> {
  for (const { name, path, kind } of from.dependencies) {
    // What tests and build scripts need is no part of the library.
    if (path === undefined || kind !== null) continue;
    if (name === SDK) {
      if (!found.has(resolve(path))) found.set(resolve(path), chain.join(" > "));
    } else if (chain.length < DEPTH_MAX && !OWN.has(name) && !chain.includes(name)) {
      await findSdk(cargo, await packageAt(cargo, path), [...chain, name], found);
    }
  }
}

function two(first: readonly [string, string], second: readonly [string, string]): Error {
  const list = [first, second].map(([path, chain]) => `  ${path}, pulled by ${chain}`).join("\n");
  return buildError(`two ferrules cannot be in one library; let all crates name the same path of ${SDK}:\n${list}`);
}

async function packageAt(cargo: Cargo, folder: string): Promise<CargoPackage> {
  const manifest = join(folder, "Cargo.toml");
  const { packages } = await cargo.metadata(manifest, false);
  const own = packages.find(({ manifest_path }) => resolve(manifest_path) === resolve(manifest));
  if (own === undefined) throw buildError(`${manifest} holds no crate: name the folder of one crate of the workspace`);
  return own;
}

/** The crates as cargo resolved them, in the order of the modules.
 * @throws {FerruleError} `BUILD_FAILED` for a crate that is no component, and for two versions of ferrule */
export function components(metadata: CargoMetadata, modules: readonly CargoModule[]): Component[] {
  checkSdk(metadata);
  return modules.map(({ name, version: wanted }) => {
    const found = metadata.packages.find((each) => each.name === name);
    if (found === undefined) throw buildError(`cargo did not resolve the crate ${quote(name)}`);
    if (wanted !== undefined && found.version !== wanted) {
      throw buildError(`the crate ${quote(name)} has version ${found.version}, and ${wanted} is wanted`);
    }
    const library = found.targets.find(({ kind }) => kind.includes("lib") || kind.includes("rlib"));
    if (library === undefined) {
      const kinds = found.targets.map(({ kind }) => kind.join(", ")).join(", ");
      const remedy = 'a component is an ordinary library: take "crate-type" and library!() out of it';
      throw buildError(
        `the crate ${quote(name)} has no Rust library that another crate can use, only ${kinds}; ${remedy}`,
      );
    }
    const { extensions } = found.metadata?.ferrule ?? {};
    if (extensions !== undefined && !(Number.isInteger(extensions) && (extensions as number) > 0)) {
      throw buildError(`the crate ${quote(name)}: package.metadata.ferrule.extensions must be a number from 1 on`);
    }
    const stated = extensions as number | undefined;
    return { package: name, version: found.version, library: library.name.replaceAll("-", "_"), stated };
  });
}

function checkSdk({ packages, resolve: graph }: CargoMetadata): void {
  const pullers = (id: string): string => {
    const names = (graph?.nodes ?? [])
      .filter(({ deps }) => deps.some(({ pkg }) => pkg === id))
      .map((node) => packages.find((each) => each.id === node.id)?.name ?? node.id)
      .filter((name) => !OWN.has(name));
    return names.join(", ") || "no component";
  };
  const sdks = packages.filter(({ name }) => name === SDK);
  const list = sdks.map(({ id, version }) => `  ${SDK} ${version}, pulled by ${pullers(id)}`).join("\n");
  if (sdks.length > 1) throw buildError(`two versions of ferrule cannot be in one library:\n${list}`);
  const { version } = ownPackage();
  if (sdks.some((each) => each.version !== version)) {
    throw buildError(
      `a library must have the version of the package that opens it:\n${list}\n  this is ferrule ${version}`,
    );
  }
}
