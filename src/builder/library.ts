/** From component crates to one library: built, read, and copied under a name with its content's hash. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import { buildError } from "./build-error.ts";
import type { BuildOptions, Cargo } from "./cargo.ts";
import { type Component, components, type FerruleSource } from "./crates.ts";
import { type DescribeAnswer, type DescribeQuestion, describe } from "./describe.ts";
import type { FinalCrate } from "./final-crate.ts";
import type { CargoModule } from "./manifest.ts";

/** A library that was built and read. */
export interface BuiltLibrary {
  /** Where cargo left it. */
  readonly file: string;
  readonly description: DescribeAnswer;
  readonly components: readonly Component[];
}

/** What the library says when the count that is stated is not what it finds. */
const FOUND = /was built with \d+ extensions and (\d+) are registered/;
const TWICE = /two factories are registered for type "([^"]*)"/;

/** Builds the final crate of these modules. */
export class LibraryBuild {
  readonly #cargo: Cargo;
  readonly #options: BuildOptions;
  readonly #source: FerruleSource;

  constructor(cargo: Cargo, options: BuildOptions, source: FerruleSource) {
    this.#cargo = cargo;
    this.#options = options;
    this.#source = source;
  }

  /** @param question what else is read together with the library
   * @throws {FerruleError} `BUILD_FAILED`, or `REGISTRY_INVALID` for what the crates register */
  async run(crate: FinalCrate, modules: readonly CargoModule[], question: DescribeQuestion): Promise<BuiltLibrary> {
    crate.writeManifest(modules, this.#source);
    const found = components(await this.#cargo.metadata(crate.manifest, true), modules);
    const stated = statedCount(found);
    // Most crates register one extension. Where that is wrong, the library itself tells, and is linked once more.
    crate.writeSource(found, stated ?? Math.max(crate.count ?? 0, found.length));
    for (let again = false; ; again = true) {
      const { file } = await this.#cargo.build(crate.manifest, crate.library, this.#options);
      try {
        return { file, description: await describe({ ...question, library: file }), components: found };
      } catch (error) {
        if (!(error instanceof FerruleError) || error.code !== "REGISTRY_INVALID") throw error;
        const twice = TWICE.exec(error.message)?.[1];
        if (twice !== undefined) throw await this.#twice(crate, modules, twice);
        const count = Number(FOUND.exec(error.message)?.[1] ?? Number.NaN);
        if (Number.isNaN(count) || again) throw error;
        if (stated !== undefined) throw miscounted(found, stated, count);
        if (count < found.length) throw await this.#nothing(crate, modules, found);
        crate.writeSource(found, count);
      }
    }
  }

  /** The error for a type that two crates register: each is asked alone. */
  async #twice(crate: FinalCrate, modules: readonly CargoModule[], type: string): Promise<Error> {
    const types = await this.#typesOf(crate, modules);
    const names = modules.filter((_, index) => types[index]!.includes(type)).map(({ name }) => quote(name));
    const who =
      names.length > 1 ? `the crates ${names.join(" and ")} both register` : `the crate ${names[0]} registers twice`;
    const text = `${who} the type ${quote(type)}: a library holds each type once; leave one out, or rename its type`;
    return new FerruleError("REGISTRY_INVALID", text, { permanent: true });
  }

  async #nothing(crate: FinalCrate, modules: readonly CargoModule[], found: readonly Component[]): Promise<Error> {
    const types = modules.length === 1 ? [[]] : await this.#typesOf(crate, modules);
    const names = found.filter((_, index) => types[index]!.length === 0).map((each) => quote(each.package));
    const text = `no extension is registered by the crate ${names.join(" and the crate ")}: ferrule::register!() does that`;
    return new FerruleError("REGISTRY_INVALID", text, { permanent: true });
  }

  /** The types of each crate alone: only asked when something is wrong, since each is linked for it. */
  async #typesOf(crate: FinalCrate, modules: readonly CargoModule[]): Promise<string[][]> {
    const types: string[][] = [];
    for (const module of modules) {
      const probe = crate.probe(module.name);
      probe.takeLock(crate.lock);
      try {
        const { description } = await this.run(probe, [module], { name: module.name });
        types.push(description.extensions.map(({ type }) => type));
      } catch (error) {
        if (!(error instanceof FerruleError) || error.code !== "REGISTRY_INVALID") throw error;
        const twice = /the type "([^"]*)"/.exec(error.message)?.[1];
        types.push(twice === undefined ? [] : [twice]);
      }
    }
    return types;
  }
}

/** The sum of what all authors state; undefined when one says nothing. */
function statedCount(found: readonly Component[]): number | undefined {
  return found.reduce<number | undefined>(
    (sum, { stated }) => (sum === undefined || stated === undefined ? undefined : sum + stated),
    0,
  );
}

function miscounted(found: readonly Component[], stated: number, count: number): Error {
  const crates = found.map((each) => `${each.package}: ${each.stated}`).join(", ");
  const text = `${count} extensions are registered, and package.metadata.ferrule.extensions states ${stated} (${crates})`;
  return new FerruleError("REGISTRY_INVALID", text, { permanent: true });
}

/** Libraries of one name that are kept: who runs the one before may still have to load it in another thread. */
const KEPT = 2;

/**
 * Copies a library into a folder as `lib<name>-<hash>.so`. What is loaded is never overwritten: another content has
 * another name. What was loaded from a file that is removed goes on.
 * @param sameProfile the libraries before were compiled in the same way; others are not kept
 * @returns the file's name, and whether it is new there
 */
export function copyLibrary(
  file: string,
  folder: string,
  name: string,
  sameProfile: boolean,
): { file: string; isNew: boolean } {
  const hash = createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
  const prefix = `lib${name}-`;
  const target = `${prefix}${hash}.so`;
  mkdirSync(folder, { recursive: true });
  const isNew = !readdirSync(folder).includes(target);
  if (isNew) {
    // Renamed when it is whole: nobody finds half of it.
    copyFileSync(file, join(folder, `.${target}`));
    renameSync(join(folder, `.${target}`), join(folder, target));
  }
  const others = readdirSync(folder)
    .filter(
      (each) => each !== target && each.startsWith(prefix) && /^[0-9a-f]{12}\.so$/.test(each.slice(prefix.length)),
    )
    .map((each) => ({ each, time: statSync(join(folder, each)).mtimeMs }))
    .sort((one, other) => other.time - one.time);
  for (const { each } of others.slice(sameProfile ? KEPT - 1 : 0)) rmSync(join(folder, each));
  return { file: target, isNew };
}

/** @throws {FerruleError} `BUILD_FAILED` for a type that two packages, or a package and the library, bring */
export function checkTypes({ extensions, packages }: DescribeAnswer): void {
  const owners = new Map(extensions.map(({ type }) => [type, "the library"]));
  for (const { name, types } of packages) {
    for (const { type } of types) {
      const owner = owners.get(type);
      if (owner !== undefined) {
        throw buildError(`${owner} and the npm package ${name} both bring the type ${quote(type)}: leave one out`);
      }
      owners.set(type, `the npm package ${name}`);
    }
  }
}
