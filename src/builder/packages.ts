/** The TypeScript packages of a distribution: found where Node will find them, in the version that was asked for. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { quote } from "../core/quote.ts";
import { buildError } from "./build-error.ts";
import { readIfThere } from "./files.ts";
import type { NpmModule } from "./manifest.ts";

/** A package that is there. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  /** It travels inside of the distribution. */
  readonly bundled: boolean;
}

/** Finds the packages. Those with a path are copied into the distribution, since nobody could install them there.
 * @param output folder of the distribution: Node looks for packages from there upwards
 * @throws {FerruleError} `BUILD_FAILED` for one that is missing, or is another one */
export function findPackages(modules: readonly NpmModule[], output: string): FoundPackage[] {
  const bundled = join(output, "node_modules");
  return modules.map((module) => {
    const { name, path } = module;
    const folder = path ?? installed(name, output);
    if (folder === undefined) {
      const wanted = module.version === undefined ? name : `${name}@${module.version}`;
      throw buildError(`the npm package ${name} is not installed: run npm install ${wanted}, or give its path`);
    }
    const version = versionOf(module, folder);
    if (path !== undefined) copyPackage(path, join(bundled, name));
    return { name, version, bundled: path !== undefined };
  });
}

function installed(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return folder;
    if (at === dirname(at)) return undefined;
  }
}

function versionOf({ name, version: wanted }: NpmModule, folder: string): string {
  const text = readIfThere(join(folder, "package.json"));
  if (text === undefined) throw buildError(`${folder} is no npm package: it has no package.json`);
  const found = parse(text, folder);
  if (found.name !== name)
    throw buildError(`the package at ${folder} is ${quote(String(found.name))}, not ${quote(name)}`);
  const version = String(found.version ?? "0.0.0");
  if (wanted === undefined || wanted === version) return version;
  throw buildError(`the npm package ${name} has version ${version} in ${folder}, and ${wanted} is wanted`);
}

function parse(text: string, folder: string): { name?: unknown; version?: unknown } {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw buildError(`${join(folder, "package.json")} is no JSON`, error);
  }
}

/**
 * What it depends on is found from the distribution upwards, as ferrule itself is. Swapped in when it is whole: a
 * service may be running with the one before.
 */
function copyPackage(from: string, to: string): void {
  const [next, last] = [`${to}.next`, `${to}.last`];
  for (const path of [next, last]) rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  const left = ["node_modules", ".git", "target"];
  cpSync(from, next, { recursive: true, filter: (path) => path === from || !left.includes(basename(path)) });
  if (existsSync(to)) renameSync(to, last);
  renameSync(next, to);
  rmSync(last, { recursive: true, force: true });
}
