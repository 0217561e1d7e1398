// A copy of the working tree in which a mutant can be applied, built and tested, and taken back.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tree = join(root, "target/mutants/tree");
const patches = join(root, "test/mutants");

/** Every mutant: its name, the rule that it breaks, the test that must fail, and another that must fail too. */
export function mutants() {
  return readdirSync(patches)
    .filter((name) => name.endsWith(".patch"))
    .sort()
    .map((file) => {
      const text = readFileSync(join(patches, file), "utf8");
      const field = (name) => text.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
      const test = field("Test");
      if (field("Rule") === undefined || test === undefined) throw new Error(`${file} names no Rule, or no Test`);
      const also = field("Also");
      const rust = /^\+\+\+ b\/.*\.rs$/m.test(text);
      return {
        name: file.slice(0, -".patch".length),
        rule: field("Rule"),
        test,
        also,
        rust,
        path: join(patches, file),
      };
    });
}

/** Runs a command in the copy. Answers exit code (null when it had to be ended) and output. */
export function run(command, args, { env = {}, timeout = 600_000 } = {}) {
  const result = spawnSync(command, args, {
    cwd: tree,
    encoding: "utf8",
    timeout,
    killSignal: "SIGKILL",
    maxBuffer: 2 ** 27,
    env: { ...process.env, CARGO_TARGET_DIR: join(root, "target/mutants/cargo"), ...env },
  });
  return { code: result.status, output: `${result.stdout}${result.stderr}` };
}

/** Makes the copy equal to the working tree. Times are kept, so that what is unchanged is not built again. */
export function refresh() {
  const listed = spawnSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  const files = listed.stdout.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
  mkdirSync(tree, { recursive: true });
  for (const path of files) {
    const [from, to] = [join(root, path), join(tree, path)];
    if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) continue;
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { preserveTimestamps: true });
  }
  const known = new Set(files);
  const present = spawnSync("find", [".", "-type", "f", "-not", "-path", "./dist/*", "-not", "-path", "./target/*"], {
    cwd: tree,
    encoding: "utf8",
  });
  for (const path of present.stdout.split("\n").map((line) => line.slice(2))) {
    if (path !== "" && !known.has(path) && !path.startsWith("node_modules")) rmSync(join(tree, path));
  }
  for (const link of ["node_modules"]) {
    if (existsSync(join(root, link)) && !existsSync(join(tree, link))) symlinkSync(join(root, link), join(tree, link));
  }
}

/** Applies a mutant, or takes it back. False when it does not fit the code any more. */
export function apply(mutant, back = false) {
  const { code, output } = run("git", ["apply", "--recount", ...(back ? ["-R"] : []), mutant.path], {
    env: { GIT_CEILING_DIRECTORIES: dirname(tree) },
  });
  if (code !== 0) console.error(output.trim());
  return code === 0;
}

/** Runs the loom models in the copy. */
export function loom(filter = "models") {
  return run("cargo", ["test", "--release", "--locked", "--quiet", "-p", "ferrule-ring", "--lib", filter], {
    env: { RUSTFLAGS: "--cfg loom", CARGO_TARGET_DIR: join(root, "target/loom") },
    timeout: 300_000,
  });
}

/** Runs the publication program under ThreadSanitizer in the copy. Code 0: no race, and every answer is right. */
export function tsan() {
  const target = "x86_64-unknown-linux-gnu";
  const args = ["run", "--release", "--locked", "--quiet", "--target", target, "-p", "ferrule-ring"];
  return run("cargo", [...args, "--example", "publication"], {
    env: {
      // The sanitizer is in stable Rust's own libraries, and only its switch is not stable.
      RUSTC_BOOTSTRAP: "1",
      RUSTFLAGS: "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer",
      CARGO_TARGET_DIR: join(root, "target/tsan"),
      TSAN_OPTIONS: "halt_on_error=1",
    },
    timeout: 300_000,
  });
}
