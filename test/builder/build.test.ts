/** `ferrule build` with cargo: crates and packages of every kind, and what it says where they do not fit. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { open } from "../../dist/index.js";
import { ferrule, Running } from "../support/cli.js";
import { COMPONENT, crate, dynamicFlags, FOLDER, manifest, prepare, SDK, write } from "../support/crates.js";
import { filesOfTest } from "../support/files.js";
import { ROOT } from "../support/markdown.js";

beforeAll(prepare);

const built = (args: readonly string[], folder = FOLDER) => ferrule(["build", "--dev", ...args], folder);

describe("a manifest", () => {
  test("of two crates by path, one vendored by version and one npm package becomes a package with its own command", async () => {
    rmSync(join(FOLDER, "out"), { recursive: true, force: true });
    const { code, stdout, stderr } = await built(["--manifest", "builder.yaml"]);
    expect(code, stderr).toBe(0);
    const [file = ""] = readdirSync(join(FOLDER, "out")).filter((name) => name.endsWith(".so"));
    expect(file).toMatch(/^libmy-collector-[0-9a-f]{12}\.so$/);
    expect(stdout).toBe(`built: my-collector 1.2.3 from alpha 0.3.1, beta 0.3.1, gamma 0.3.1
  out/${file}
  alpha (Rust, stability: development): no methods
  beta (Rust, stability: development): no methods
  beta_second (Rust, stability: development): no methods
  gamma (Rust, stability: development): no methods
  zpages (npm zpages, stability: beta)
`);
    const bin = join(FOLDER, "out/bin.js");
    const listed = parse((await new Running(["components"], FOLDER, bin).ended).stdout) as {
      buildinfo: unknown;
      extensions: { name: string; module: string }[];
    };
    expect(listed.buildinfo).toEqual({ command: "my-collector", description: "Mine", version: "1.2.3" });
    expect(listed.extensions.map(({ name, module }) => [name, module])).toEqual([
      ["alpha", "alpha v0.3.1"],
      ["beta", "beta v0.3.1"],
      ["beta_second", "beta v0.3.1"],
      ["gamma", "gamma v0.3.1"],
      ["zpages", "zpages v0.2.0"],
    ]);
    const service = "yaml:{extensions: {alpha: {}, zpages: {}}, service: {extensions: [alpha, zpages]}}";
    expect(await new Running(["validate", "--config", service], FOLDER, bin).ended).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(dynamicFlags(join(FOLDER, "out", file)) & 0x8, "it may be unloaded").toBe(0x8);
    const runtime = await open(join(FOLDER, "out", file));
    await (await runtime.start("beta_second", {})).shutdown();
    await runtime.close();
  }, 600_000);

  test("is packed with what it brings by path, and says what it needs", async () => {
    const made = JSON.parse(readFileSync(join(FOLDER, "out/package.json"), "utf8"));
    expect(made).toMatchObject({
      name: "my-collector",
      version: "1.2.3",
      bin: { "my-collector": "bin.js" },
      os: ["linux"],
      cpu: ["x64"],
      libc: ["glibc"],
      dependencies: { zpages: "0.2.0" },
      bundleDependencies: ["zpages"],
    });
    const schema = JSON.parse(readFileSync(join(FOLDER, "out/ferrule.schema.json"), "utf8"));
    expect(Object.keys(schema.$defs)).toEqual(
      expect.arrayContaining(["extensions.alpha", "extensions.gamma", "extensions.zpages"]),
    );
  });

  test("that is built again says that nothing has changed, and changes nothing", async () => {
    const before = readdirSync(join(FOLDER, "out"));
    const { code, stdout } = await built(["--manifest", "builder.yaml"]);
    expect([code, stdout.split("\n")[0]]).toEqual([
      0,
      "up to date: my-collector 1.2.3 from alpha 0.3.1, beta 0.3.1, gamma 0.3.1",
    ]);
    expect(readdirSync(join(FOLDER, "out"))).toEqual(before);
  }, 120_000);

  test("keeps the library before, for who runs it, and no older one", async () => {
    const stale = ["aaaaaaaaaaaa", "bbbbbbbbbbbb"].map((hash) => `libmy-collector-${hash}.so`);
    for (const name of stale) write({ [`out/${name}`]: "" });
    await built(["--manifest", "builder.yaml"]);
    const left = readdirSync(join(FOLDER, "out")).filter((name) => name.endsWith(".so"));
    expect(left).toHaveLength(2);
    // One that was compiled with another profile is no library before.
    const module = join(FOLDER, "out/library.js");
    expect(readFileSync(module, "utf8")).toContain("\n// Profile: dev\n");
    write({ "out/library.js": readFileSync(module, "utf8").replace("Profile: dev", "Profile: release") });
    await built(["--manifest", "builder.yaml"]);
    expect(readdirSync(join(FOLDER, "out")).filter((name) => name.endsWith(".so"))).toHaveLength(1);
    expect(readFileSync(module, "utf8")).toContain("\n// Profile: dev\n");
    for (const name of stale) rmSync(join(FOLDER, "out", name), { force: true });
  }, 120_000);

  test("of npm packages alone needs no Rust", async () => {
    const path = manifest("plain", ["{ npm: zpages, path: ../packages/zpages }"]);
    const { code, stdout, stderr } = await built(["--manifest", path]);
    expect([code, stdout, stderr]).toEqual([
      0,
      "built: plain 1.0.0\n  plain/dist\n  zpages (npm zpages, stability: beta)\n",
      "",
    ]);
    const { stdout: listed } = await new Running(["components"], FOLDER, join(FOLDER, "plain/dist/bin.js")).ended;
    expect(listed).toContain("- name: zpages");
  });
});

describe("what does not fit", () => {
  test("two crates that register one type are both named", async () => {
    crate("crates/alpha2", ["alpha"]);
    const path = manifest("twice", [
      "{ cargo: alpha, path: ../crates/alpha }",
      "{ cargo: alpha2, path: ../crates/alpha2 }",
    ]);
    const { code, stderr } = await built(["--manifest", path]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error: the crates "alpha" and "alpha2" both register the type "alpha": a library holds each type once; leave one out, or rename its type\n',
    );
  }, 300_000);

  test("a crate that registers nothing is named", async () => {
    crate("crates/empty", []);
    const path = manifest("nothing", [
      "{ cargo: alpha, path: ../crates/alpha }",
      "{ cargo: empty, path: ../crates/empty }",
    ]);
    const { code, stderr } = await built(["--manifest", path]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error: no extension is registered by the crate "empty": ferrule::register!() does that\n',
    );
  }, 300_000);

  test("a crate that registers another number than its author states", async () => {
    crate("crates/stated", ["stated"], "[package.metadata.ferrule]\nextensions = 2");
    const { code, stderr } = await built([], join(FOLDER, "crates/stated"));
    expect(code).toBe(1);
    expect(stderr).toContain(
      "Error: 1 extensions are registered, and package.metadata.ferrule.extensions states 2 (stated: 2)\n",
    );
  }, 300_000);

  test("two ferrules: both are named, and who pulls each", async () => {
    if (!existsSync(join(FOLDER, "elsewhere"))) symlinkSync(ROOT, join(FOLDER, "elsewhere"));
    crate("crates/other", ["other"], "", 'path = "../../elsewhere/runtime/sdk"');
    const path = manifest("two", [
      "{ cargo: alpha, path: ../crates/alpha }",
      "{ cargo: other, path: ../crates/other }",
    ]);
    const { code, stderr } = await built(["--manifest", path]);
    expect([code, stderr.slice(stderr.indexOf("Error:"))]).toEqual([
      1,
      `Error: two ferrules cannot be in one library; let all crates name the same path of ferrule-sdk:
  ${SDK}, pulled by alpha
  ${FOLDER}/elsewhere/runtime/sdk, pulled by other
`,
    ]);
  });

  test("a crate that is the library already", async () => {
    crate("crates/final", ["final_one"], '[lib]\ncrate-type = ["cdylib"]');
    const { code, stderr } = await built([], join(FOLDER, "crates/final"));
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error: the crate "final" has no Rust library that another crate can use, only cdylib; a component is an ordinary library: take "crate-type" and library!() out of it\n',
    );
  });

  test("another crate at the path, and another version", async () => {
    const wrong = manifest("wrong", ["{ cargo: alpha, path: ../crates/beta }"]);
    expect((await built(["--manifest", wrong])).stderr).toContain(
      `Error: the crate at ${FOLDER}/crates/beta is "beta", not "alpha"\n`,
    );
    const version = manifest("version", ["{ cargo: alpha 0.4.0, path: ../crates/alpha }"]);
    expect((await built(["--manifest", version])).stderr).toContain(
      'Error: the crate "alpha" has version 0.3.1, and 0.4.0 is wanted\n',
    );
  });

  test("a folder for the output in which something else lies", async () => {
    const folder = join(FOLDER, "crates/alpha");
    const { code, stderr } = await built(["--out", "src"], folder);
    expect([code, stderr]).toEqual([
      1,
      `Error: ${folder}/src holds what ferrule build did not write: give the output a folder of its own\n`,
    ]);
    expect(readdirSync(join(folder, "src"))).toEqual(["lib.rs"]);
  });

  test("no crate in the folder", async () => {
    const cwd = filesOfTest({});
    const { code, stderr } = await ferrule(["build"], cwd);
    expect([code, stderr]).toEqual([
      1,
      `Error: there is no crate here: ${cwd}/Cargo.toml does not exist; run it in the folder of a crate, name a manifest by --manifest, or make a project by ferrule new\n`,
    ]);
  });

  test("an npm package that is missing, is another one, or brings no factories", async () => {
    const missing = manifest("missing", ["npm: nowhere 1.0.0"]);
    expect((await built(["--manifest", missing])).stderr).toBe(
      "Error: the npm package nowhere is not installed: run npm install nowhere@1.0.0, or give its path\n",
    );
    const version = manifest("npm-version", ["{ npm: zpages 0.3.0, path: ../packages/zpages }"]);
    expect((await built(["--manifest", version])).stderr).toBe(
      `Error: the npm package zpages has version 0.2.0 in ${FOLDER}/packages/zpages, and 0.3.0 is wanted\n`,
    );
    write({
      "packages/none/package.json": '{"name": "none", "version": "1.0.0", "type": "module", "exports": "./index.js"}',
      "packages/none/index.js": "export const factories = {};",
    });
    const none = manifest("none", ["{ npm: none, path: ../packages/none }"]);
    expect((await built(["--manifest", none])).stderr).toBe(
      'Error: the npm package none is no package of components: it must export a list of factories, "factories"\n',
    );
  });

  test("a package and a package that bring one type", async () => {
    write({
      "packages/again/package.json": '{"name": "again", "version": "1.0.0", "type": "module", "exports": "./index.js"}',
      "packages/again/index.js": COMPONENT,
    });
    const path = manifest("both", [
      "{ npm: zpages, path: ../packages/zpages }",
      "{ npm: again, path: ../packages/again }",
    ]);
    expect((await built(["--manifest", path])).stderr).toBe(
      'Error: the npm package zpages and the npm package again both bring the type "zpages": leave one out\n',
    );
  });
});

describe("Rust", () => {
  /** The command with nothing on its path but these programs. */
  async function withPath(programs: Readonly<Record<string, string>>) {
    const bin = filesOfTest(programs);
    for (const name of Object.keys(programs)) chmodSync(join(bin, name), 0o755);
    const before = process.env.PATH;
    process.env.PATH = bin;
    try {
      return await built([], join(FOLDER, "crates/alpha"));
    } finally {
      process.env.PATH = before;
    }
  }

  test("that is missing is named, with where it comes from", async () => {
    expect(await withPath({})).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "Error: rustc was not found: building needs Rust 1.91 or newer; install it with rustup, https://rustup.rs\n",
    });
  });

  test.each(["1.90.0", "0.99.0"])("that is too old, %s, is named with what to run", async (version) => {
    const { stderr } = await withPath({ rustc: `#!/bin/sh\necho "rustc ${version} (x 2025-01-01)"\n` });
    expect(stderr).toBe(`Error: rustc ${version} is too old, ferrule needs 1.91 or newer: run rustup update stable\n`);
  });
});
