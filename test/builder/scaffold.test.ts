/** `ferrule new`: what it writes, and what it refuses. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scaffold } from "../../dist/builder/scaffold.js";
import { ferrule, Running } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";
import { ROOT } from "../support/markdown.js";

describe("names", () => {
  test.each(["a", "my-cache", "my_cache2", "x1-y2_z3"])("%s is one", (name) => {
    const folder = join(filesOfTest({}), "project");
    scaffold(name, folder);
    expect(readFileSync(join(folder, "src/lib.rs"), "utf8")).toContain(`"${name.replaceAll("-", "_")}"`);
    expect(readFileSync(join(folder, "Cargo.toml"), "utf8")).toContain(`name = "${name}"`);
  });

  test.each(["", "A", "1a", "-a", "a-", "a--b", "../a", "a b", "\u00fc", "test", "ferrule", "async", "a".repeat(61)])(
    "%j is none",
    (name) => {
      const folder = join(filesOfTest({}), "project");
      const text = `"${name}" is no name for a project: `;
      expect(() => scaffold(name, folder)).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(text) }),
      );
      expect(existsSync(folder)).toBe(false);
    },
  );

  test("the command says so, and writes nothing", async () => {
    const cwd = filesOfTest({});
    const { code, stderr } = await ferrule(["new", "Demo", "--no-install"], cwd);
    const why = "a small letter, then small letters and digits, with single - or _ between them";
    expect([code, stderr]).toEqual([1, `Error: "Demo" is no name for a project: ${why}\n`]);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("folders", () => {
  test("one in which something lies is left alone", async () => {
    const cwd = filesOfTest({});
    mkdirSync(join(cwd, "demo"));
    writeFileSync(join(cwd, "demo/mine.txt"), "mine");
    const { code, stderr } = await ferrule(["new", "demo", "--no-install"], cwd);
    expect([code, stderr]).toEqual([1, `Error: ${cwd}/demo is not empty: give another folder by --dir\n`]);
    expect(readdirSync(join(cwd, "demo"))).toEqual(["mine.txt"]);
  });

  test("a file is none", async () => {
    const cwd = filesOfTest({ demo: "" });
    const { code, stderr } = await ferrule(["new", "demo", "--no-install"], cwd);
    expect([code, stderr]).toEqual([1, `Error: ${cwd}/demo is a file: give another folder by --dir\n`]);
  });

  test("--dir names another one, and an empty one will do", async () => {
    const cwd = filesOfTest({});
    mkdirSync(join(cwd, "empty"));
    const { code, stdout } = await ferrule(["new", "demo", "--dir", "empty", "--no-install"], cwd);
    expect(code).toBe(0);
    expect(stdout).toContain("next: cd empty && npm install && npm test && npm start\n");
    expect(JSON.parse(readFileSync(join(cwd, "empty/package.json"), "utf8"))).toMatchObject({ name: "demo" });
  });
});

test("a program with components of its own has no such commands", async () => {
  const program = `import { main } from ${JSON.stringify(`${ROOT}dist/index.js`)};
const buildInfo = { command: "mine", description: "Mine", version: "9" };
process.exitCode = await main({ buildInfo, library: false }, process.argv.slice(2));
`;
  const cwd = filesOfTest({ "main.mjs": program });
  for (const command of ["new", "build", "dev"]) {
    const { code, stderr } = await new Running([command, "demo"], cwd, "main.mjs").ended;
    expect([code, stderr.split("\n")[0]]).toEqual([1, `Error: unknown command "${command}" for "mine"`]);
  }
});

test("every template is used, and no word in one is left open", async () => {
  const cwd = filesOfTest({});
  const { stdout } = await ferrule(["new", "demo", "--no-install"], cwd);
  const written = [...stdout.matchAll(/^ {2}(\S+)$/gm)].map(([, file = ""]) => file);
  const templates = readdirSync(join(ROOT, "templates/new"), { recursive: true }).filter((name) =>
    String(name).endsWith(".tmpl"),
  );
  // A clone is a folder, for which npm needs a word of its own.
  expect(written).toHaveLength(templates.length + 1);
  for (const file of written) expect(readFileSync(join(cwd, "demo", file), "utf8"), file).not.toMatch(/\{\{|undefined/);
  expect(existsSync(join(cwd, "demo/.gitignore"))).toBe(true);
});

describe("the project installs what this program was installed from", () => {
  /** A project that has ferrule installed, with npm's record of it. */
  async function newIn(record: unknown) {
    const cwd = filesOfTest({ "package.json": "{}" });
    const own = join(cwd, "node_modules/ferrule");
    mkdirSync(own, { recursive: true });
    for (const name of [
      "package.json",
      "templates",
      "dist/builder",
      "dist/cli",
      "dist/core",
      "dist/component",
      "dist/confmap",
      "dist/config",
      "dist/service",
      "dist/runtime",
      "dist/typegen",
      "dist/ring",
    ]) {
      cpSync(join(ROOT, name), join(own, name), { recursive: true });
    }
    for (const name of ["commander", "yaml"])
      cpSync(join(ROOT, "node_modules", name), join(cwd, "node_modules", name), { recursive: true });
    if (record !== undefined) writeFileSync(join(cwd, "node_modules/.package-lock.json"), JSON.stringify(record));
    const { code, stderr } = await new Running(["new", "demo", "--no-install"], cwd, join(own, "dist/cli/bin.js"))
      .ended;
    expect([code, stderr]).toEqual([0, ""]);
    const { dependencies } = JSON.parse(readFileSync(join(cwd, "demo/package.json"), "utf8"));
    return { dependencies, linked: existsSync(join(cwd, "demo/.npmrc")) };
  }
  const version = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;

  test("archives, by their paths from there", async () => {
    const packages = {
      "node_modules/ferrule": { version: "0.1.0", resolved: "file:../packed/ferrule-0.1.0.tgz" },
      "node_modules/@ferrule/linux-x64-gnu": {
        version: "0.1.0",
        resolved: "file:../packed/ferrule-linux-x64-gnu-0.1.0.tgz",
      },
      "node_modules/yaml": { version: "2.9.1", resolved: "file:../packed/yaml.tgz" },
    };
    expect(await newIn({ packages })).toEqual({
      dependencies: {
        ferrule: "file:../../packed/ferrule-0.1.0.tgz",
        "@ferrule/linux-x64-gnu": "file:../../packed/ferrule-linux-x64-gnu-0.1.0.tgz",
      },
      linked: false,
    });
  });

  test("a release, by its version", async () => {
    const packages = { "node_modules/ferrule": { version: "0.1.0", resolved: "https://registry.example/ferrule.tgz" } };
    expect(await newIn({ packages })).toEqual({ dependencies: { ferrule: "0.1.0" }, linked: false });
  });

  test("without a record, this version", async () => {
    expect(await newIn(undefined)).toEqual({ dependencies: { ferrule: version }, linked: false });
  });

  test("a clone, as a folder that is copied", async () => {
    const cwd = filesOfTest({});
    await ferrule(["new", "demo", "--no-install"], cwd);
    const { dependencies } = JSON.parse(readFileSync(join(cwd, "demo/package.json"), "utf8"));
    expect(dependencies.ferrule).toMatch(/^file:(\.\.\/)+/);
    expect(readFileSync(join(cwd, "demo/.npmrc"), "utf8")).toBe("install-links=true\n");
  });
});
