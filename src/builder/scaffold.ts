/** `ferrule new`: a crate and a TypeScript project in one folder, from the templates that come with the package. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import { clientFile, clientName, pascal } from "../typegen/words.ts";
import { readIfThere } from "./files.ts";
import { ownPackage } from "./own-package.ts";

/** A crate's, a package's and, with `_` for `-`, a component type's name at once. */
const NAME = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;
const NAME_MAX = 60;
/** Names that cargo, Rust or npm keep for themselves, or that would hide what the project depends on. */
const TAKEN = new Set(
  `abstract alloc as async await become box break build const continue core crate do dyn else enum extern false ferrule
  final fn for gen if impl in let loop macro match mod move mut node_modules override package priv proc_macro pub ref
  return schemars self serde static std struct super test trait true try type typeof union unsafe unsized use virtual
  where while yield`.split(/\s+/),
);

/** Names in `src/lib.rs` that its own struct cannot have: those of the template, of ferrule's prelude and of Rust's. */
const STRUCTS = new Set(
  `Arc Box Bytes Call CallFuture Config Context Default Err Error Extension ExtensionFactory Host Incoming
  LifecycleFuture Method NoConfig None Ok Option Payload Refused Result Self Some Stability Status Stream StreamExt
  String Timestamp Validate Vec Wide`.split(/\s+/),
);

/** Where each template goes. npm leaves out what is called `.gitignore`, so templates have names of their own. */
const FILES: Readonly<Record<string, string>> = {
  "Cargo.toml": "Cargo.toml",
  "src/lib.rs": "src/lib.rs",
  "src/main.ts": "src/main.ts",
  "src/greet.test.ts": "src/greet.test.ts",
  "service.yaml": "service.yaml",
  "package.json": "package.json",
  "tsconfig.json": "tsconfig.json",
  "README.md": "README.md",
  gitignore: ".gitignore",
  "vscode-settings.json": ".vscode/settings.json",
  "vscode-extensions.json": ".vscode/extensions.json",
};

export interface Scaffolded {
  /** Absolute. */
  readonly folder: string;
  /** Relative to the folder, in the order in which they were written. */
  readonly files: readonly string[];
}

/** Writes a project.
 * @param dir its folder, the name unless given
 * @throws {FerruleError} `INVALID_ARGUMENT` for a bad name, and for a folder in which something lies */
export function scaffold(name: string, dir = name): Scaffolded {
  checkName(name);
  const folder = resolve(dir);
  checkFolder(folder);
  const packages = ferrulePackages(folder);
  const type = name.replaceAll("-", "_");
  const words: Readonly<Record<string, string>> = {
    name,
    type,
    struct: STRUCTS.has(pascal(type)) ? `${pascal(type)}Extension` : pascal(type),
    class: clientName(type),
    file: clientFile(type),
    dependencies: JSON.stringify(packages, undefined, 2).replaceAll("\n", "\n  "),
  };
  const files = Object.entries(FILES).map(([template, file]) => {
    const text = readFileSync(join(ownPackage().root, "templates/new", `${template}.tmpl`), "utf8");
    write(
      join(folder, file),
      text.replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => words[word]!),
    );
    return file;
  });
  // A folder as a dependency is only linked otherwise, and cargo would see its crates under two paths.
  const linked = Object.values(packages).some((spec) => spec.startsWith("file:") && !spec.endsWith(".tgz"));
  if (linked) write(join(folder, ".npmrc"), "install-links=true\n");
  return { folder, files: linked ? [...files, ".npmrc"] : files };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: "wx" });
}

function checkName(name: string): void {
  const refuse = (why: string): never => {
    throw new FerruleError("INVALID_ARGUMENT", `${quote(name)} is no name for a project: ${why}`, { permanent: true });
  };
  if (name.length > NAME_MAX) refuse(`it has ${name.length} characters, at most ${NAME_MAX}`);
  if (!NAME.test(name)) refuse("a small letter, then small letters and digits, with single - or _ between them");
  if (TAKEN.has(name.replaceAll("-", "_"))) refuse("Rust, cargo or npm use it for something else");
}

function checkFolder(folder: string): void {
  const refuse = (why: string): never => {
    throw new FerruleError("INVALID_ARGUMENT", `${folder} ${why}: give another folder by --dir`, { permanent: true });
  };
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) refuse("is a file");
  if (readdirSync(folder).length > 0) refuse("is not empty");
}

/** The packages that the project installs: from where this one was installed from. */
function ferrulePackages(folder: string): Record<string, string> {
  const { root, version } = ownPackage();
  const parent = dirname(root);
  if (parent.endsWith("node_modules")) {
    const found = installedFrom(dirname(parent), folder);
    if (found.ferrule !== undefined) return found;
  }
  return parent.endsWith("node_modules") && existsSync(join(dirname(parent), "package.json"))
    ? { ferrule: version }
    : { ferrule: `file:${relative(folder, root)}` };
}

interface Lock {
  readonly packages?: Readonly<
    Record<string, { readonly resolved?: string; readonly version?: string; readonly link?: boolean }>
  >;
}

/** What npm's own record says of ferrule and its libraries: archives by path, releases by version.
 * @param project in which this package is installed */
function installedFrom(project: string, folder: string): Record<string, string> {
  const lock = JSON.parse(readIfThere(join(project, "node_modules/.package-lock.json")) ?? "{}") as Lock;
  const specs: Record<string, string> = {};
  for (const [path, { resolved = "", version = "", link }] of Object.entries(lock.packages ?? {})) {
    const name = /^node_modules\/(ferrule|@ferrule\/[\w-]+)$/.exec(path)?.[1];
    if (name === undefined || link === true) continue;
    const file = /^file:(.*)$/.exec(resolved)?.[1];
    specs[name] = file === undefined ? version : `file:${relative(folder, resolve(project, file))}`;
  }
  return specs;
}
