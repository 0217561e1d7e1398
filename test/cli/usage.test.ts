import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { ferrule } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";

const USAGE = "Run 'ferrule --help' for usage.\n";
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

describe("what needs no library", () => {
  test("--version and --help are printed on stdout", async () => {
    for (const flag of ["--version", "-v"]) {
      expect(await ferrule([flag])).toEqual({ code: 0, stdout: `ferrule version ${version}\n`, stderr: "" });
    }
    const help = await ferrule(["--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const command of ["run", "validate", "components", "bench"])
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
  });

  test.each([["--version", "validate"], ["--config=x", "-v"], ["--version=true"]])(
    "%j %j tells the version",
    async (...argv) => {
      expect(await ferrule(argv)).toEqual({ ...(await ferrule(["--version"])), code: 0, stderr: "" });
    },
  );

  test.each([
    [["frobnicate"], `Error: unknown command "frobnicate" for "ferrule"\n${USAGE}`],
    [["run", "extra"], 'Error: accepts 0 arg(s), received 1\n  | unexpected argument "extra"\n'],
    [["validate", "x.yaml"], 'Error: accepts 0 arg(s), received 1\n  | unexpected argument "x.yaml"\n'],
    [
      ["--config", "x", "validat"],
      `Error: unknown command "validat" for "ferrule"\n\nDid you mean this?\n\tvalidate\n\n${USAGE}`,
    ],
    [["--config=x", "validate", "y"], 'Error: accepts 0 arg(s), received 1\n  | unexpected argument "y"\n'],
    [["validate", "--set=a"], 'Error: invalid argument "a" for "--set" flag: missing equal sign\n'],
    [
      ["print-config", "--validate=maybe"],
      'Error: invalid argument "maybe" for "--validate" flag: strconv.ParseBool: parsing "maybe": invalid syntax\n',
    ],
    [["print-config"], "Error: at least one config flag must be provided\n"],
    [["print-config", "--config=x", "--mode=bare"], 'Error: invalid mode "bare": modes are: redacted, unredacted\n'],
    [
      ["print-config", "--config=ftp:x"],
      'Error: failed to create config provider: unsupported scheme on URI "ftp:x"\n',
    ],
    [["featuregate", "--config=x"], "Error: unknown flag: --config\n"],
    [
      ["featuregate", "service.allowNoPipeline"],
      'Error: feature "service.allowNoPipeline" not found\n  | did you mean "service.AllowNoPipelines"?\n',
    ],
    [["validate", "--nope"], "Error: unknown flag: --nope\n"],
    [["--nope"], "Error: unknown flag: --nope\n"],
    [["--confg=x"], 'Error: unknown flag: --confg\n  | did you mean "--config"?\n'],
    [["-x"], "Error: unknown shorthand flag: 'x' in -x\n"],
    [["validate", "-config=x"], "Error: unknown shorthand flag: 'c' in -config=x\n"],
    [["validate", "--config=x", "--nope=y"], "Error: unknown flag: --nope\n"],
    [["validate", "---x"], "Error: bad flag syntax: ---x\n"],
    [["validate", "--=x"], "Error: bad flag syntax: --=x\n"],
    [["validate", "--version"], "Error: unknown flag: --version\n"],
    [["validate", "--config"], "Error: flag needs an argument: --config\n"],
    [["validate"], "Error: at least one config flag must be provided\n"],
    [["run"], "Error: at least one config flag must be provided\n"],
    [[], "Error: at least one config flag must be provided\n"],
    [
      ["--config", "x", "--shutdown-delay", "soon"],
      'Error: invalid argument "soon" for "--shutdown-delay" flag: invalid duration "soon": write it like 5s, 500ms or 1m30s\n',
    ],
    [
      ["--config", "x", "--log-level", "loud"],
      "Error: option '--log-level <level>' argument 'loud' is invalid. Allowed choices are debug, info, warn, error.\n" +
        USAGE,
    ],
  ])("%j", async (args, stderr) => {
    expect(await ferrule(args)).toEqual({ code: 1, stdout: "", stderr });
  });

  test.each([["run"], ["validate"]])("%s names a file that it cannot read", async (command) => {
    const cwd = filesOfTest({ "bad.yaml": "a: {b: 1, b: 2}" });
    const frame = "Error: failed to get config: cannot resolve the configuration: ";
    const missing = "unable to read the file file:no.yaml: open no.yaml: no such file or directory";
    expect((await ferrule([command, "--config", "no.yaml"], cwd)).stderr).toBe(
      `${frame}cannot retrieve the configuration: ${missing}\n`,
    );
    const bad = `${frame}retrieved value (type=string) cannot be used as a Conf: assuming string type since contents are not valid YAML: yaml: unmarshal errors:\n  line 1: mapping key "b" already defined at line 1\n  | bad.yaml:1:11\n  | 1 | ... b\n  |   |     ^\n`;
    expect(await ferrule([command, "--config", "bad.yaml"], cwd)).toEqual({ code: 1, stdout: "", stderr: bad });
  });

  test("a reference that fails is shown where it stands, and sources of all schemes are taken", async () => {
    const cwd = filesOfTest({ "a.yaml": "extensions:\n  plain: ${vault:x}\n" });
    const scheme = 'scheme "vault" is not supported for uri "vault:x"';
    expect(await ferrule(["validate", "--config", "yaml:a: 1", "--config", "a.yaml"], cwd)).toEqual({
      code: 1,
      stdout: "",
      stderr: `Error: failed to get config: cannot resolve the configuration: ${scheme}\n  | a.yaml:2:10: extensions::plain\n`,
    });
    const { stderr } = await ferrule(["validate", "--config", "ftp:x"], cwd);
    expect(stderr).toBe('Error: unsupported scheme on URI "ftp:x"\n');
    expect((await ferrule(["validate", "--config", "yaml:${NONE:-x}: 1"], cwd)).stderr).toContain(
      "has invalid keys: ${NONE:-x}",
    );
  });

  test("control characters in a file are shown, and reach no terminal", async () => {
    const cwd = filesOfTest({ "c.yaml": '"x\\e[2J": 1\n' });
    const { stderr } = await ferrule(["validate", "--config", "c.yaml"], cwd);
    expect(stderr).toContain("'<target>' has invalid keys: x\\x1b[2J\n  | c.yaml:1:1: x\\x1b[2J\n");
  });

  test("main makes another program of another distribution", async () => {
    const index = new URL("../../dist/index.js", import.meta.url).href;
    const script = `import { main } from ${JSON.stringify(index)};
      process.exitCode = await main({ buildInfo: { command: "mine", description: "Mine", version: "9" } }, process.argv.slice(1));`;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script, "--", "--version"]);
    expect(stdout).toBe("mine version 9\n");
    const failed = run(process.execPath, ["--input-type=module", "-e", script, "--", "x"]);
    const stderr = `Error: unknown command "x" for "mine"\nRun 'mine --help' for usage.\n`;
    await expect(failed).rejects.toMatchObject({ code: 1, stdout: "", stderr });
  });
});
