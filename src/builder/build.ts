/** `ferrule build`: a manifest, or the crate in a folder as a manifest of one, becomes a library and what belongs to it. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Cargo } from "./cargo.ts";
import { writeClient } from "./client.ts";
import { crateIn, ferruleOf } from "./crates.ts";
import { type DescribeAnswer, describe } from "./describe.ts";
import {
  builtProfile,
  checkOutput,
  type Profile,
  writeBin,
  writeComponents,
  writeIndex,
  writePackage,
} from "./distribution.ts";
import { writeIfChanged } from "./files.ts";
import { FinalCrate } from "./final-crate.ts";
import { checkTypes, copyLibrary, LibraryBuild } from "./library.ts";
import { type CargoModule, type Dist, type NpmModule, readManifest } from "./manifest.ts";
import { findPackages } from "./packages.ts";

export interface BuildRequest {
  /** Where the crate is, and where paths begin; the working directory unless given. */
  readonly folder?: string;
  /** A manifest, instead of the crate. */
  readonly manifest?: string;
  /** Compile fast instead of running fast. */
  readonly dev?: boolean;
  /** Where the library of a crate goes; `native` unless given. */
  readonly out?: string;
  /** Where typed clients in TypeScript go; `src/native` unless given, for a manifest nowhere else than in its package. */
  readonly client?: string;
  /** Hears what begins, a line each. */
  readonly onStep?: (text: string) => void;
  /** Ends a build. */
  readonly signal?: AbortSignal;
}

/** What a build came to. */
export interface BuildResult {
  readonly name: string;
  readonly version: string;
  /** Where it lies, absolute. */
  readonly folder: string;
  /** The library's file in it; undefined when there is no Rust. */
  readonly library: string | undefined;
  /** Nothing had changed. */
  readonly upToDate: boolean;
  readonly description: DescribeAnswer;
  /** The crates, with their versions. */
  readonly crates: readonly string[];
  /** Files of the typed client. */
  readonly client: readonly string[];
}

/** All that a build needs to know, whether a manifest says it or a crate. */
interface Plan {
  readonly folder: string;
  readonly dist: Dist;
  readonly crates: readonly CargoModule[];
  readonly packages: readonly NpmModule[];
  /** Folder of the clients in TypeScript, if they are wanted. */
  readonly client: string | undefined;
  readonly isPackage: boolean;
}

/** Builds.
 * @throws {InvalidConfigError} for a manifest with mistakes
 * @throws {FerruleError} `BUILD_FAILED`, `REGISTRY_INVALID`, or what opening the library gives */
export async function build(request: BuildRequest): Promise<BuildResult> {
  const { onStep = () => undefined } = request;
  const folder = resolve(request.folder ?? ".");
  const cargo = new Cargo(folder, request.signal);
  const plan = await planOf(request, folder, cargo);
  const { dist } = plan;
  checkOutput(dist.outputPath);
  const packages = findPackages(plan.packages, dist.outputPath);
  const components = writeComponents(dist.outputPath, packages);
  const question = { name: dist.name, packages: pathToFileURL(components).href };
  const profile = profileOf(request);
  const sameProfile = builtProfile(dist.outputPath) === profile;
  let [library, isNew, crates]: [string | undefined, boolean, string[]] = [undefined, false, []];
  let description: DescribeAnswer;
  if (plan.crates.length === 0) description = await describe(question);
  else {
    if (plan.isPackage) await cargo.check();
    onStep(`building ${plan.crates.map(({ name }) => name).join(", ")}`);
    const built = await buildLibrary(plan, cargo, request, question);
    ({ description } = built);
    crates = built.components.map((each) => `${each.package} ${each.version}`);
    ({ file: library, isNew } = copyLibrary(built.file, dist.outputPath, dist.name, sameProfile));
  }
  checkTypes(description);
  writeIndex(dist.outputPath, dist, library, profile);
  writeIfChanged(join(dist.outputPath, "ferrule.schema.json"), `${JSON.stringify(description.schema, undefined, 2)}\n`);
  writeBin(dist.outputPath);
  if (plan.isPackage) writePackage(dist, packages, library !== undefined);
  const client = library === undefined ? [] : writeClients(plan, description);
  const upToDate = library !== undefined && !isNew;
  const { name, version, outputPath } = dist;
  return { name, version, folder: outputPath, library, upToDate, description, crates, client };
}

function profileOf({ dev }: BuildRequest): Profile {
  return dev === true ? "dev" : "release";
}

/** A package brings compiled clients, which nobody else could compile for its users. */
function writeClients({ dist, client, isPackage }: Plan, { extensions }: DescribeAnswer): string[] {
  const library = join(dist.outputPath, "library.js");
  return [
    ...(client === undefined ? [] : writeClient(client, extensions, library, ["ts"])),
    ...(isPackage ? writeClient(join(dist.outputPath, "client"), extensions, library, ["js", "d.ts"]) : []),
  ];
}

async function planOf(request: BuildRequest, folder: string, cargo: Cargo): Promise<Plan> {
  if (request.manifest !== undefined) {
    const manifest = await readManifest(resolve(folder, request.manifest));
    const client = request.client === undefined ? undefined : resolve(folder, request.client);
    return { ...manifest, client, isPackage: true };
  }
  await cargo.check();
  const crate = await crateIn(cargo, folder);
  const outputPath = resolve(folder, request.out ?? "native");
  const { name, version, description } = crate;
  return {
    folder,
    dist: { name, version, description: description || `${name}, built with ferrule`, outputPath },
    crates: [crate].map(({ name: crateName, path = folder }) => ({ name: crateName, path, features: [] })),
    packages: [],
    client: resolve(folder, request.client ?? "src/native"),
    isPackage: false,
  };
}

async function buildLibrary(
  plan: Plan,
  cargo: Cargo,
  request: BuildRequest,
  question: { name: string; packages: string },
) {
  const targetDir = process.env.CARGO_TARGET_DIR ?? join(plan.folder, "target");
  const source = await ferruleOf(cargo, plan.crates);
  const crate = new FinalCrate(join(plan.folder, "target/ferrule", plan.dist.name), plan.dist.name);
  const lock = join(plan.folder, "Cargo.lock");
  crate.takeLock(lock);
  const built = await new LibraryBuild(cargo, { profile: profileOf(request), targetDir }, source).run(
    crate,
    plan.crates,
    question,
  );
  // A manifest has no crate of its own whose lock file could say what was taken.
  if (plan.isPackage && !existsSync(lock)) {
    mkdirSync(plan.folder, { recursive: true });
    copyFileSync(crate.lock, lock);
    crate.takeLock(lock);
  }
  return built;
}

/** What a build came to, for a person. */
export function report(result: BuildResult): string {
  const { name, version, folder, library, upToDate, description, crates, client } = result;
  const where = library === undefined ? folder : join(folder, library);
  const own = crates.length === 0 || (crates.length === 1 && crates[0] === `${name} ${version}`);
  const from = own ? "" : ` from ${crates.join(", ")}`;
  const lines = [`${upToDate ? "up to date" : "built"}: ${name} ${version}${from}`];
  lines.push(`  ${relative(process.cwd(), where) || "."}`);
  for (const { type, stability, methods } of description.extensions) {
    // Those of streams are the client's.
    const names = methods.map((method) => method.name).filter((method) => !method.startsWith("$"));
    lines.push(`  ${type} (Rust, stability: ${stability.toLowerCase()}): ${names.join(", ") || "no methods"}`);
  }
  for (const { name: from, types } of description.packages) {
    for (const { type, stability } of types)
      lines.push(`  ${type} (npm ${from}, stability: ${stability.toLowerCase()})`);
  }
  for (const path of client) lines.push(`  client: ${relative(process.cwd(), path)}`);
  return `${lines.join("\n")}\n`;
}
