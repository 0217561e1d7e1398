/** The npm package of a distribution, and the smaller folder beside a crate: modules that say where the library is. */
import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildError } from "./build-error.ts";
import { readIfThere, writeIfChanged } from "./files.ts";
import type { Dist } from "./manifest.ts";
import { ownPackage } from "./own-package.ts";
import type { FoundPackage } from "./packages.ts";

const HEADER = "// Written by ferrule build.\n";

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

/** Writes `index.js`: what the program is made of.
 * @param library name of its file in the folder; undefined when there is no Rust in it */
export function writeIndex(folder: string, dist: Omit<Dist, "outputPath">, library: string | undefined): void {
  const { name: command, description, version } = dist;
  const path =
    library === undefined
      ? "export const library = false;"
      : `export const library = fileURLToPath(new URL(${json(`./${library}`)}, import.meta.url));`;
  writeIfChanged(
    join(folder, "index.js"),
    `${HEADER}${library === undefined ? "" : 'import { fileURLToPath } from "node:url";\n'}import { packages } from "./components.js";

${path}

export const distribution = {
  buildInfo: ${json({ command, description, version })},
  library,
  factories: packages.flatMap(({ factories }) => factories),
};
`,
  );
  const type = library === undefined ? "false" : "string";
  writeIfChanged(
    join(folder, "index.d.ts"),
    `${HEADER}import type { Distribution } from "ferrule";

/** ${library === undefined ? "There is no Rust in it." : "Path of the Rust library: what `open` takes."} */
export declare const library: ${type};
/** What \`main\` takes. */
export declare const distribution: Distribution;
`,
  );
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
    exports: { ".": { types: "./index.d.ts", default: "./index.js" }, "./package.json": "./package.json" },
    files: ["*.js", "*.d.ts", "*.so", "*.json", "client"],
    dependencies: {
      ferrule: ownPackage().version,
      ...Object.fromEntries(packages.map((each) => [each.name, each.version])),
    },
    ...(bundled.length === 0 ? {} : { bundleDependencies: bundled }),
  };
  writeIfChanged(join(outputPath, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const bin = join(outputPath, "bin.js");
  writeIfChanged(bin, BIN);
  chmodSync(bin, 0o755);
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
