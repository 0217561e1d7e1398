// npm run pack               writes the packages into packages/: ferrule, and its library for this platform
// npm run pack -- FOLDER     into another folder
//
// The library travels in a package of its own, one for each platform, which npm chooses by os, cpu and libc. Only the
// packed manifest names it: a clone builds its own library, and there may be no such package yet.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = resolve(process.argv[2] ?? join(root, "packages"));
const PLATFORM = "linux-x64-gnu";
/** What the documents promise where nothing is said: Debian 11 and Ubuntu 20.04. */
const GLIBC_PROMISED = "2.31";

function npm(args, cwd) {
  const result = spawnSync("npm", [...args, "--loglevel=error"], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", 2],
  });
  if (result.status !== 0) throw new Error(`npm ${args.join(" ")} failed`);
  return result.stdout;
}

/** The newest glibc whose symbols a library asks for: their versions stand in its string table. */
function glibcOf(file) {
  const versions = readFileSync(file, "latin1").matchAll(/GLIBC_(\d+)\.(\d+)/g);
  const newest = [...versions].map(([, major, minor]) => [Number(major), Number(minor)]);
  return newest.sort((one, other) => other[0] - one[0] || other[1] - one[1])[0].join(".");
}

function write(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

function packLibrary(manifest, staging) {
  const { ferrule } = JSON.parse(readFileSync(join(root, "dist/native/libraries.json"), "utf8"));
  const library = join(root, "dist/native", ferrule.file);
  const folder = join(staging, "library");
  mkdirSync(folder);
  cpSync(library, join(folder, ferrule.file));
  for (const name of ["LICENSE", "THIRD-PARTY-NOTICES.md"]) cpSync(join(root, name), join(folder, name));
  const glibc = glibcOf(library);
  const { version, license, engines, os, cpu } = manifest;
  const name = `@ferrule/${PLATFORM}`;
  const description = `The Rust library of ferrule for ${PLATFORM}; needs glibc ${glibc} or newer`;
  write(join(folder, "package.json"), {
    name,
    version,
    description,
    license,
    engines,
    os,
    cpu,
    libc: ["glibc"],
    files: [ferrule.file, "THIRD-PARTY-NOTICES.md"],
    // Read by the loader, which compares it with what it finds.
    ferrule: { library: ferrule.file, glibc },
  });
  npm(["pack", "--pack-destination", target], folder);
  return { name, glibc };
}

function packMain(manifest, staging, library) {
  const folder = join(staging, "ferrule");
  mkdirSync(folder);
  const [{ files }] = JSON.parse(npm(["pack", "--dry-run", "--json", "--ignore-scripts"], root));
  for (const { path } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  const { devDependencies, scripts, overrides, ...kept } = manifest;
  write(join(folder, "package.json"), { ...kept, optionalDependencies: { [library]: manifest.version } });
  // Its workspace has only those members that travel.
  const cargo = readFileSync(join(root, "Cargo.toml"), "utf8").replace(/^members = \[(.*)\]$/m, (_, members) => {
    const there = members.split(", ").filter((member) => existsSync(join(folder, JSON.parse(member), "Cargo.toml")));
    return `members = [${there.join(", ")}]`;
  });
  writeFileSync(join(folder, "Cargo.toml"), cargo.replace(/^exclude = .*\n/m, ""));
  npm(["pack", "--pack-destination", target], folder);
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const staging = mkdtempSync(join(tmpdir(), "ferrule-pack-"));
try {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const { name, glibc } = packLibrary(manifest, staging);
  packMain(manifest, staging, name);
  console.log(`${target}: ferrule and ${name}, version ${manifest.version}; the library needs glibc ${glibc} or newer`);
  const [major, minor] = glibc.split(".").map(Number);
  const [, promised] = GLIBC_PROMISED.split(".").map(Number);
  if (major > 2 || minor > promised) {
    console.log(`glibc ${GLIBC_PROMISED} is not enough for it: to reach that, build on a system that has no newer one`);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}
