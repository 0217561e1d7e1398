/** The npm package of a distribution, and the smaller folder beside a crate: modules that say where the library is. */
import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildError } from "./build-error.ts";
import { readIfThere, writeIfChanged } from "./files.ts";
import type { Dist } from "./manifest.ts";
import { ownPackage } from "./own-package.ts";
import type { FoundPackage } from "./packages.ts";

const HEADER = "// Written by ferrule build.\n";

/** How a library was compiled: fast, or to run fast. */
export type Profile = "dev" | "release";

const PROFILE = "// Profile: ";

/** How the library in a folder was compiled; undefined where none is. */
export function builtProfile(folder: string): Profile | undefined {
  const line = readIfThere(join(folder, "library.js"))?.split("\n")[1];
  return line === `${PROFILE}dev` ? "dev" : line === `${PROFILE}release` ? "release" : undefined;
}

/** Sees to it that a build overwrites nothing but what a build wrote.
 * @throws {FerruleError} `BUILD_FAILED` for a folder with something else in it */
export function checkOutput(folder: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) throw buildError(`${folder} is a file: the output needs a folder`);
  const own = readIfThere(join(folder, "components.js"))?.startsWith(HEADER) === true;
  if (own || readdirSync(folder).length === 0) return;
  throw buildError(`${folder} holds what ferrule build did not write: give the output a folder of its own`);
}

/** Writes `components.js`, which names the TypeScript packages. Returns its path. */
export function writeComponents(folder: string, packages: readonly FoundPackage[]): string {
  const imports = packages.map(({ name }, index) => `import { factories as f${index} } from ${json(name)};\n`);
  const list = packages.map(
    ({ name, version }, index) => `  { name: ${json(name)}, version: ${json(version)}, factories: f${index} },\n`,
  );
  const path = join(folder, "components.js");
  const body =
    list.length === 0 ? "export const packages = [];\n" : `\nexport const packages = [\n${list.join("")}];\n`;
  writeIfChanged(path, `${HEADER}${imports.join("")}${body}`);
  return path;
}

/** Writes `index.js`: what the program is made of; and `library.js`, for who wants no more than the library.
 * @param library name of its file in the folder; undefined when there is no Rust in it */
export function writeIndex(
  folder: string,
  dist: Omit<Dist, "outputPath">,
  library: string | undefined,
  profile: Profile,
): void {
  const { name: command, description, version } = dist;
  const write = (name: string, text: string): boolean => writeIfChanged(join(folder, name), HEADER + text);
  const path = `fileURLToPath(new URL(${json(`./${library}`)}, import.meta.url))`;
  const docs = library === undefined ? "There is no Rust in it." : "Path of the Rust library: what `open` takes.";
  const located = `${PROFILE}${profile}\nimport { fileURLToPath } from "node:url";\n\nexport const library = ${path};\n`;
  write("library.js", library === undefined ? "export const library = false;\n" : located);
  write(
    "library.d.ts",
    `/** ${docs} */\nexport declare const library: ${library === undefined ? "false" : "string"};\n`,
  );
  write(
    "index.js",
    `import { packages } from "./components.js";
import { library } from "./library.js";

export { library };

export const distribution = {
  buildInfo: ${json({ command, description, version })},
  library,
  factories: packages.flatMap(({ factories }) => factories),
  modules: Object.fromEntries(
    packages.flatMap(({ name, version, factories }) => factories.map(({ type }) => [type, \`\${name} v\${version}\`])),
  ),
};
`,
  );
  write(
    "index.d.ts",
    `import type { Distribution } from "ferrule";

export { library } from "./library.js";
/** What \`main\` takes. */
export declare const distribution: Distribution;
`,
  );
}

/** Writes `bin.js`, the command of what was built. */
export function writeBin(folder: string): void {
  const bin = join(folder, "bin.js");
  writeIfChanged(bin, BIN);
  chmodSync(bin, 0o755);
}

/** Writes what makes the folder an npm package with a command of its own. */
export function writePackage(dist: Dist, packages: readonly FoundPackage[], hasLibrary: boolean): void {
  const { name, description, version, outputPath } = dist;
  const platform = hasLibrary ? { os: ["linux"], cpu: ["x64"], libc: ["glibc"] } : {};
  const bundled = packages.filter((each) => each.bundled).map((each) => each.name);
  const manifest = {
    name,
    version,
    description,
    type: "module",
    ...platform,
    engines: { node: ">=20" },
    bin: { [name]: "bin.js" },
    exports: {
      ".": { types: "./index.d.ts", default: "./index.js" },
      ...(hasLibrary ? { "./client/*.js": { types: "./client/*.d.ts", default: "./client/*.js" } } : {}),
      "./package.json": "./package.json",
    },
    files: ["*.js", "*.d.ts", "*.so", "*.json", "client"],
    dependencies: {
      ferrule: ownPackage().version,
      ...Object.fromEntries(packages.map((each) => [each.name, each.version])),
    },
    ...(bundled.length === 0 ? {} : { bundleDependencies: bundled }),
  };
  writeIfChanged(join(outputPath, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

const BIN = `#!/usr/bin/env node
${HEADER}import { featureGates, main } from "ferrule";
import { distribution } from "./index.js";

// What it runs are extensions: there are no pipelines that could be missing.
featureGates.set("service.AllowNoPipelines", true);
process.exitCode = await main(distribution, process.argv.slice(2));
`;

function json(value: unknown): string {
  return JSON.stringify(value);
}
