import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultProviders } from "../../dist/index.js";
import { ferrule, logLines, Running, withoutLog } from "../support/cli.js";
import { filesOfTest } from "../support/files.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/service.yaml", import.meta.url));
const DECODE =
  "Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n";
const TWO = `extensions:
  rust_sample/one: {depends_on: [rust_sample/two]}
  rust_sample/two: {timeout_ms: 7}
service:
  extensions: [rust_sample/one, rust_sample/two]
`;

/** `component:status` of every move in a log. */
const moves = (log: Record<string, unknown>[]) =>
  log
    .filter(({ msg }) => String(msg).startsWith("extension status: "))
    .map(({ component, status }) => `${component}:${status}`);

describe("components", () => {
  test("prints what the distribution is made of", async () => {
    const { code, stdout, stderr } = await ferrule(["components"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^buildinfo:\n {4}command: ferrule\n/);
    expect(stdout).toMatch(
      /\n {4}- name: health_check\n {6}module: ferrule-components v\S+\n {6}stability:\n {8}extension: [A-Z]\w+\n/,
    );
    const printed = parse(stdout) as { extensions: { name: string }[]; providers: unknown };
    expect(printed.extensions.map(({ name }) => name)).toEqual(["health_check", "rust_sample"]);
    const schemes = defaultProviders().map(({ scheme }) => ({ scheme, module: "" }));
    expect(printed.providers).toEqual(schemes.sort((one, other) => (one.scheme < other.scheme ? -1 : 1)));
  });
});

describe("validate", () => {
  test("says nothing of the example", async () => {
    expect(await ferrule(["validate", "--config", EXAMPLE])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("a reference is text where Rust wants text, and a value that is none is still refused", async () => {
    const text = "extensions: {rust_sample: {endpoint: '${env:NONE:-0123}', timeout_ms: '${env:NONE:-017}'}}";
    expect(await ferrule(["validate", "--config", `yaml:${text}`])).toEqual({ code: 0, stdout: "", stderr: "" });
    const wrong = "extensions: {rust_sample: {endpoint: 5}}";
    expect((await ferrule(["validate", "--config", `yaml:${wrong}`])).stderr).toContain(
      "integer `5`, expected a string",
    );
    const list = "extensions: {rust_sample: {timeout_ms: '${env:NONE:-[]}'}}";
    expect((await ferrule(["validate", "--config", `yaml:${list}`])).stderr).toContain("expected u64");
  });

  test("lays several files over each other", async () => {
    const cwd = filesOfTest({ "a.yaml": TWO, "b.yaml": "extensions: {rust_sample/two: {timeout_ms: 0}}" });
    const { code, stderr } = await ferrule(["validate", "--config", "a.yaml", "--config=b.yaml"], cwd);
    const text = `'extensions' error reading configuration for "rust_sample/two": rust config validation failed: timeout_ms must be greater than 0`;
    const place = "b.yaml:1:32: extensions::rust_sample/two::timeout_ms";
    const excerpt = "  | 1 | ... timeout_ms\n  |   |     ^^^^^^^^^^\n";
    expect([code, stderr]).toEqual([1, `${DECODE}${text}\n  | ${place}\n${excerpt}`]);
  });

  test.each([
    ["", "Error: empty configuration file\n", "c.yaml:1:1"],
    [
      "extensions:\n  rust_smaple:\n",
      `${DECODE}'extensions' unknown type: "rust_smaple" for id: "rust_smaple"`,
      "c.yaml:2:3",
    ],
    [
      "extensions:\n  rust_sample:\n    timeout: 5\n",
      `${DECODE}'extensions' error reading configuration for "rust_sample": `,
      "c.yaml:3:5",
    ],
    ["extensions:\n  rust_sample:\n    timeout_ms: soon\n", "config parse error: timeout_ms: ", "c.yaml:3:5"],
    ["extensions:\n  rust_sample:\n    endpoint: ''\n", "endpoint cannot be empty when specified", "c.yaml:3:5"],
    [
      "extensions:\n  rust_sample/a: {depends_on: [rust_sample/b]}\n  rust_sample/b: {depends_on: [rust_sample/a]}\nservice:\n  extensions: [rust_sample/a, rust_sample/b]\n",
      "Error: failed to build extensions: unable to order extensions by dependencies, cycle found [rust_sample/a -> rust_sample/b -> rust_sample/a]\n",
      "c.yaml:2:3",
    ],
  ])("%j", async (text, message, place) => {
    const { code, stdout, stderr } = await ferrule(["validate", "--config", "c.yaml"], filesOfTest({ "c.yaml": text }));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`\n  | ${place}`);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe("run", () => {
  test.each([["SIGTERM"], ["SIGINT"]] as const)("starts in order, and stops in reverse on %s", async (signal) => {
    const command = signal === "SIGTERM" ? [] : ["run"];
    const running = new Running([...command, "--config", "c.yaml"], filesOfTest({ "c.yaml": TWO }));
    expect(await running.logged("service is ready")).toMatchObject({
      level: "info",
      extensions: 2,
      pid: running.child.pid,
    });
    // A terminal and npm deliver the same wish twice.
    running.child.kill(signal);
    running.child.kill(signal);
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout, withoutLog(stderr)]).toEqual([0, "", ""]);
    expect(moves(logLines(stderr))).toEqual([
      "rust_sample/two:Starting",
      "rust_sample/two:OK",
      "rust_sample/one:Starting",
      "rust_sample/one:OK",
      "rust_sample/one:Stopping",
      "rust_sample/one:Stopped",
      "rust_sample/two:Stopping",
      "rust_sample/two:Stopped",
    ]);
  });

  test("a port that is taken: the address is named, everything is stopped again", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const text = `extensions:
  rust_sample:
  health_check: {endpoint: "127.0.0.1:${port}", depends_on: [rust_sample]}
service: {extensions: [health_check, rust_sample]}
`;
    const { code, stdout, stderr } = await ferrule(["--config", "c.yaml"], filesOfTest({ "c.yaml": text }));
    server.close();
    expect([code, stdout]).toEqual([1, ""]);
    const error = withoutLog(stderr);
    expect(error).toMatch(/^Error: failed to start extensions: rust extension start failed: /);
    expect(error).toContain(`127.0.0.1:${port}`);
    expect(error).toContain("\n  | c.yaml:3:3: extensions::health_check\n");
    expect(moves(logLines(stderr)).slice(-2)).toEqual(["rust_sample:Stopping", "rust_sample:Stopped"]);
  });

  test("a reference to nothing: nothing is started", async () => {
    const text = "extensions: {rust_sample: }\nservice:\n  extensions: [rust_sampl]\n";
    const { code, stderr } = await ferrule(["--config", "c.yaml"], filesOfTest({ "c.yaml": text }));
    expect([code, withoutLog(stderr)]).toEqual([
      1,
      `Error: invalid configuration: service::extensions: references extension "rust_sampl" which is not configured
  | c.yaml:3:16: service::extensions::0
  | 3 | ... rust_sampl
  |   |     ^^^^^^^^^^
  | did you mean "rust_sample"?
`,
    ]);
    expect(moves(logLines(stderr))).toEqual([]);
  });

  test("a library that is none", async () => {
    const cwd = filesOfTest({ "c.yaml": TWO });
    const { code, stdout, stderr } = await ferrule(["--config", "c.yaml", "--library", "/nowhere/lib.so"], cwd);
    expect([code, stdout]).toEqual([1, ""]);
    expect(withoutLog(stderr)).toMatch(/^Error: .*\/nowhere\/lib\.so/);
  });

  test.each([
    ["the file's log level", "debug", []],
    ["the flag's log level goes before the file's", "error", ["--log-level", "debug"]],
  ])("%s", async (_, level, flags) => {
    const cwd = filesOfTest({ "c.yaml": `${TWO}  telemetry: {logs: {level: ${level}}}\n` });
    const running = new Running(["--config", "c.yaml", ...flags], cwd);
    await running.logged("service is ready");
    expect(running.log.some((line) => line.level === "debug")).toBe(true);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
  });

  test.each([["SIGHUP"], ["an edit of its file"]])("reloads on %s, and stops in order afterwards", async (what) => {
    const cwd = filesOfTest({ "c.yaml": TWO });
    const running = new Running(["--config", "c.yaml", "--reload", "checked"], cwd);
    await running.logged("service is ready");
    if (what === "SIGHUP") running.child.kill("SIGHUP");
    else writeFileSync(join(cwd, "c.yaml"), TWO.replace("timeout_ms: 7", "timeout_ms: 8"));
    await running.logged("configuration updated: restarting");
    running.child.kill("SIGTERM");
    const { code, stderr } = await running.ended;
    expect([code, withoutLog(stderr)]).toEqual([0, ""]);
    expect(moves(logLines(stderr)).slice(4, 8)).toEqual([
      "rust_sample/one:Stopping",
      "rust_sample/one:Stopped",
      "rust_sample/two:Stopping",
      "rust_sample/two:Stopped",
    ]);
  });

  test("a second signal later forces", async () => {
    const running = new Running(["--config", "c.yaml", "--shutdown-delay", "1h"], filesOfTest({ "c.yaml": TWO }));
    await running.logged("service is ready");
    running.child.kill("SIGTERM");
    await running.logged("waiting before extensions are shut down");
    const nag = setInterval(() => running.child.kill("SIGTERM"), 50);
    const { code, stderr } = await running.ended;
    clearInterval(nag);
    const forced = "Error: SIGTERM again: stopped by force, without waiting for the extensions\n";
    expect([code, withoutLog(stderr)]).toEqual([1, forced]);
  });
});
