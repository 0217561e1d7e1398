/** A reader of `docs/first-extension.md`, and then of `docs/building.md`: every file and command, from packed packages. */
import { execFile, spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { type Block, blocksOf, ROOT } from "../support/markdown.ts";

const run = promisify(execFile);
const first = blocksOf("docs/first-extension.md");
const blocks = blocksOf("docs/building.md");
const filesOf = (page: Block[]) => page.filter(({ info }) => info.startsWith("file="));
const commandsOf = (page: Block[]) => page.filter(({ language }) => language === "sh");
const textsOf = (page: Block[]) => page.filter(({ language }) => language === "text").map(({ text }) => text);
const steps = commandsOf(first);
const commands = commandsOf(blocks);
/** Always the same folders: what cargo built for a path is found again by the next run. */
const folder = join(ROOT, "target/building-test/work");
const env = {
  ...process.env,
  CARGO_TARGET_DIR: join(ROOT, "target/building-test/target"),
  npm_config_prefer_offline: "true",
  npm_config_yes: "true",
};

function write(page: Block[]): void {
  for (const { info, text } of filesOf(page)) {
    const path = join(folder, info.slice("file=".length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

async function sh({ text }: Block, more: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await run("sh", ["-ec", text], { cwd: folder, maxBuffer: 2 ** 26, env: { ...env, ...more } });
  return stdout;
}

/** What is waited for on stderr, and what is done then; what came before is not looked at again. */
type Step = readonly [text: string, act: () => void];

/** Runs a script through these steps, and sends SIGTERM in the last one. */
async function runThrough(script: string, steps: readonly Step[], last: string) {
  const child = spawn("sh", ["-ec", script], { cwd: folder, stdio: ["ignore", "ignore", "pipe"], env });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const left: Step[] = [...steps, [last, () => void child.kill("SIGTERM")]];
  let [log, from] = ["", 0];
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    log += chunk;
    for (;;) {
      const at = left[0] === undefined ? -1 : log.indexOf(left[0][0], from);
      if (at < 0) return;
      from = at + 1;
      left.shift()?.[1]();
    }
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, log };
}

const READY = '"msg":"service is ready"';

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync(ROOT, join(folder, "ferrule"));
  // The clone's own library, which others have loaded, stays where it is built.
  await sh(steps[0] as Block, { CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR });
  await sh(steps[1] as Block);
}, 300_000);

test("the pages' files and commands are those that this test knows", () => {
  expect(filesOf(first).map(({ info }) => info)).toEqual(["file=demo/src/lib.rs", "file=demo/src/main.ts"]);
  expect(steps.map(({ info }) => info)).toEqual(["", "", "", "", "", "", "service"]);
  expect(first).toHaveLength(2 + steps.length + 3);
  expect(filesOf(blocks).map(({ info }) => info)).toEqual([
    "file=demo/builder.yaml",
    "file=demo/goodbye/package.json",
    "file=demo/goodbye/index.js",
    "file=demo/collector-user.ts",
    "file=demo/src/service.ts",
  ]);
  expect(commands.map(({ info }) => info)).toEqual(["", "dev", "", "", "", "norust"]);
  expect(blocks).toHaveLength(5 + commands.length + 1);
});

test("the packages bring no scripts, no compiled library twice, and the sources of the crates", () => {
  const installed = join(folder, "node_modules/ferrule");
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(manifest.scripts).toBeUndefined();
  expect(manifest.optionalDependencies).toEqual({ "@ferrule/linux-x64-gnu": manifest.version });
  expect(existsSync(join(installed, "dist/native"))).toBe(false);
  const workspace = readFileSync(join(installed, "Cargo.toml"), "utf8");
  const members = JSON.parse(/^members = (\[.*\])$/m.exec(workspace)?.[1] ?? "[]") as string[];
  expect(members).toEqual(expect.arrayContaining(["ring", "runtime", "runtime/sdk"]));
  expect(members.filter((member) => !existsSync(join(installed, member, "Cargo.toml")))).toEqual([]);
  const platform = join(folder, "node_modules/@ferrule/linux-x64-gnu");
  const library = JSON.parse(readFileSync(join(platform, "package.json"), "utf8"));
  expect(library).toMatchObject({ version: manifest.version, os: ["linux"], cpu: ["x64"], libc: ["glibc"] });
  expect(library.scripts).toBeUndefined();
  expect(library.ferrule.glibc).toMatch(/^2\.\d+$/);
  expect(existsSync(join(platform, library.ferrule.library))).toBe(true);
});

test("where there is no Rust, the library of the package is found", async () => {
  const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
  await expect(run("sh", ["-c", "command -v cargo"], { env: { PATH } })).rejects.toThrow();
  expect(await sh(commands[5] as Block, { PATH })).toContain("- name: rust_sample");
});

/** Lines of the user's own code: without comments, tests and empty lines. */
function linesOf(name: string): number {
  const [code = ""] = readFileSync(join(folder, "demo", name), "utf8").split("#[cfg(test)]");
  return code.split("\n").filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
}

test("a new project of thirty lines builds and passes its tests on both sides", async () => {
  await sh(steps[2] as Block);
  expect(linesOf("src/lib.rs") + linesOf("src/main.ts")).toBeLessThanOrEqual(30);
  // Who changes the template formats it as a user would.
  await run("cargo", ["fmt", "--check"], { cwd: join(folder, "demo"), env });
  const printed = await sh(steps[3] as Block);
  expect(printed).toContain("demo (Rust, stability: development): greet\n  client: src/native/demo.ts\n");
  expect(printed).toContain("test result: ok. 1 passed");
  expect(printed).toMatch(/^[#ℹ] pass 1$/m);
  expect(await sh(steps[4] as Block)).toBe(textsOf(first)[0]);
}, 600_000);

test("the guide's extension does what the guide says, and its mistakes do not compile", async () => {
  write(first);
  await run("cargo", ["fmt", "--check"], { cwd: join(folder, "demo"), env });
  const main = filesOf(first).find(({ language }) => language === "ts")?.text ?? "";
  const said = [...main.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, text]) => text);
  const printed = await sh(steps[5] as Block);
  expect(said.length).toBeGreaterThan(7);
  expect(printed.trim().split("\n").slice(-said.length)).toEqual(said);
  const wrong = first.find(({ info }) => info === "wrong")?.text ?? "";
  writeFileSync(join(folder, "demo/src/wrong.ts"), wrong);
  const tsc = await run("npx", ["tsc", "--noEmit"], { cwd: join(folder, "demo"), env }).catch((error) => error);
  rmSync(join(folder, "demo/src/wrong.ts"));
  const mistakes = [...String(tsc.stdout).matchAll(/^src\/wrong\.ts.*error (TS\d+: .*)$/gm)].map(([, text]) => text);
  expect(`${mistakes.join("\n")}\n`).toBe(textsOf(first)[1]);
  expect(await sh(commands[0] as Block)).toMatch(/^up to date: demo 0\.1\.0\n {2}native\/libdemo-[0-9a-f]{12}\.so$/m);
}, 600_000);

test("its service starts, and stops on SIGTERM", async () => {
  const { scripts } = JSON.parse(readFileSync(join(folder, "demo/package.json"), "utf8"));
  // What npm runs, without npm in between: it would end at once, and leave what it started to itself.
  const script = (steps[6] as Block).text.trim().replace("npm start", `npx ${scripts.start}`);
  const { code, log } = await runThrough(script, [], READY);
  expect(code, log).toBe(0);
  expect(log).toContain('"component":"demo"');
}, 600_000);

test("while you work: a change runs it anew, and a mistake leaves it running", async () => {
  const script = (commands[1] as Block).text.trim();
  const source = join(folder, "demo/src/lib.rs");
  const right = readFileSync(source, "utf8");
  const { code, log } = await runThrough(
    script.replace("npx ferrule", `exec ${process.execPath} node_modules/ferrule/dist/cli/bin.js`),
    [
      [READY, () => appendFileSync(join(folder, "demo/service.yaml"), "# changed\n")],
      ["changed: ", () => undefined],
      [READY, () => writeFileSync(source, `${right}\nfn wrong(`)],
      ["error: ", () => undefined],
    ],
    "the one before goes on running, waiting for a change",
  );
  writeFileSync(source, right);
  expect(code, log).toBe(0);
  expect(log.split(READY)).toHaveLength(3);
}, 300_000);

test("a manifest of a crate and a package becomes a command that lists both, and runs them", async () => {
  write(blocks);
  const printed = await sh(commands[2] as Block);
  expect(printed).toContain("my-collector 1.2.3 from demo 0.1.0\n");
  expect(printed).toContain("  client: collector/client/demo.js\n");
  const listed = await sh(commands[3] as Block);
  expect(listed).toContain(
    "    command: my-collector\n    description: Greets, and says goodbye\n    version: 1.2.3\n",
  );
  expect([...listed.matchAll(/- name: (\w+)/g)].map(([, name]) => name)).toEqual(["demo", "goodbye"]);
  const service = "yaml:{extensions: {demo: {}, goodbye: {}}, service: {extensions: [demo, goodbye]}}";
  const script = `cd demo && exec ${process.execPath} collector/bin.js run --config '${service}'`;
  const { code, log } = await runThrough(script, [], READY);
  expect(code, log).toBe(0);
  expect(log).toContain("goodbye\n");
}, 300_000);

test("a command line of its own has the library's extensions, and one that Rust asks", async () => {
  rmSync(join(folder, "demo/collector-user.ts"), { force: true }); // it is a program of another project
  const listed = await sh(commands[4] as Block);
  expect([...listed.matchAll(/- name: (\w+)/g)].map(([, name]) => name)).toEqual(["demo", "store"]);
}, 300_000);

test("its archive runs where there is no Rust", async () => {
  const demo = join(folder, "demo");
  const { stdout } = await run("npm", ["pack", "--json", "./collector"], { cwd: demo, env });
  const [{ filename, files: packed }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  const paths = packed.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(["bin.js", "index.js", "node_modules/goodbye/index.js"]));
  expect(paths.filter((path) => path.endsWith(".so"))).toHaveLength(
    readdirSync(join(demo, "collector")).filter((name) => name.endsWith(".so")).length,
  );
  const other = join(folder, "other");
  mkdirSync(other, { recursive: true });
  writeFileSync(join(other, "package.json"), "{}");
  const archives = readdirSync(join(ROOT, "packages")).map((name) => join(ROOT, "packages", name));
  const install = ["install", "--no-audit", "--no-fund", "--loglevel=error", ...archives, join(demo, filename)];
  await run("npm", install, { cwd: other, env });
  const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
  const { stdout: listed } = await run("npx", ["my-collector", "components"], { cwd: other, env: { ...env, PATH } });
  expect([...listed.matchAll(/- name: (\w+)/g)].map(([, name]) => name)).toEqual(["demo", "goodbye"]);
  // Its typed client, from a program that knows the package alone.
  const user = filesOf(blocks).find(({ info }) => info === "file=demo/collector-user.ts")?.text ?? "";
  writeFileSync(join(other, "package.json"), '{ "type": "module" }');
  writeFileSync(join(other, "user.ts"), user);
  const options = [
    "--ignoreConfig",
    "--strict",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--lib",
    "es2023,esnext.disposable",
  ];
  const typeRoots = ["--types", "node", "--typeRoots", join(folder, "demo/node_modules/@types")];
  const tsc = join(folder, "demo/node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, ...options, ...typeRoots, "user.ts"], { cwd: other, env });
  const { stdout: greeted } = await run(process.execPath, ["user.js"], { cwd: other, env: { ...env, PATH } });
  expect(greeted).toBe("hello, Ada\n");
}, 300_000);
