/** The SDK's types for fields of a configuration in Rust: secrets, durations, and sections that may be absent. */
import { describe, expect, test } from "vitest";
import { configJsonSchema, RustExtensionFactory } from "../../dist/index.js";
import { accepts } from "../support/ajv.js";
import { ferrule } from "../support/cli.js";
import { bundledRuntime, testLibrary } from "../support/runtime.js";

const runtime = bundledRuntime(testLibrary);

const print = async (section: string, ...flags: string[]) => {
  const text = `extensions: {configured: ${section}}\nservice: {extensions: [configured]}`;
  const { code, stdout, stderr } = await ferrule([
    "print-config",
    `--library=${testLibrary}`,
    `--config=yaml:${text}`,
    ...flags,
  ]);
  const printed = /^ {4}configured:\n([\s\S]*?)^service:/m.exec(stdout)?.[1] ?? "";
  return { code, stderr, printed: printed.replaceAll(/^ {8}/gm, "") };
};

const DEFAULTS = `login: null
password: '[REDACTED]'
queue:
    size: 10
retry:
    pause: 100ms
    times: 3
targets: []
wait: 5s
`;

describe("print-config", () => {
  test("fills in Rust's defaults, and covers secrets", async () => {
    expect(await print("")).toEqual({ code: 0, stderr: "", printed: DEFAULTS });
    expect(await print("{}", "--mode=unredacted")).toMatchObject({
      printed: DEFAULTS.replace("'[REDACTED]'", "changeit"),
    });
  });

  test("at every depth: in sections, in items of lists, and in variants", async () => {
    const section = `{wait: 90s, retry: {pause: 2s}, queue: {enabled: false},
      targets: [{name: a, token: hunter2}, {name: b}], login: {basic: {user: u, password: hunter2}}}`;
    expect((await print(section)).printed).toBe(`login:
    basic:
        password: '[REDACTED]'
        user: u
password: '[REDACTED]'
retry:
    pause: 2s
    times: 3
targets:
    - name: a
      token: '[REDACTED]'
    - name: b
      token: '[REDACTED]'
wait: 1m30s
`);
    expect((await print("{login: {token: hunter2}}")).printed).toContain("login:\n    token: '[REDACTED]'\n");
  });

  test("an optional section: the value that stands ready, laid over, and switched", async () => {
    const tls = async (section: string) => /^tls:\n((?: {4}.*\n)*)/m.exec((await print(section)).printed)?.[1];
    const ready = "    file: standby.pem\n    key: '[REDACTED]'\n";
    expect(await tls("{}")).toBeUndefined();
    expect(await tls("{tls: }")).toBe(ready);
    expect(await tls("{tls: {}}")).toBe(ready);
    expect(await tls("{tls: {enabled: true}}")).toBe(ready);
    expect(await tls("{tls: {file: own.pem}}")).toBe(ready.replace("standby", "own"));
    expect(await tls("{tls: {file: own.pem, enabled: false}}")).toBeUndefined();
    expect((await print("{queue: }")).printed).toContain("queue:\n    size: 10\n");
  });

  test("what it prints is read as what it was", async () => {
    const section = "{wait: 90s, tls: {file: f}, targets: [{name: a, token: t}], login: {token: s}}";
    const flags = [`--library=${testLibrary}`, "--mode=unredacted"];
    const once = await ferrule(["print-config", ...flags, `--config=yaml:extensions: {configured: ${section}}`]);
    expect(once).toMatchObject({ code: 0, stderr: "" });
    expect(await ferrule(["print-config", ...flags, `--config=yaml:${once.stdout}`])).toEqual(once);
  });
});

describe("an error", () => {
  const refused = async (section: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    Object.assign(process.env, env);
    try {
      return (await print(section)).stderr;
    } finally {
      for (const name of Object.keys(env)) delete process.env[name];
    }
  };

  test("names the field of a duration that is none, and the place", async () => {
    const stderr = await refused("{retry: {pause: soon}}");
    expect(stderr).toContain("config parse error: retry.pause: time: invalid duration");
    expect(stderr).toContain("  | extensions::configured::retry::pause\n");
  });

  test("never shows what a secret is read as", async () => {
    expect(await refused("{password: 4711}")).toContain("password: invalid type: [REDACTED], expected a string");
    expect(await refused("{password: 4711}")).not.toContain("4711");
  });

  test.each<[string, string, string]>([
    ["a value", "{retry: {times: '${env:PIN}'}}", "hunter2"],
    ["a number", "{retry: {times: '${env:PIN}'}}", "47.110"],
    ["a part of a text", "{retry: {times: 'x${env:PIN}'}}", "hunter2"],
    ["a map around it", "{retry: '${env:PIN}'}", "{times: hunter2}"],
    ["a list around it", "{targets: '${env:PIN}'}", "[{name: [hunter2]}, hunter2]"],
    ["a variant", "{login: '${env:PIN}'}", "hunter2"],
  ])("never shows what a reference stood for: %s", async (_, section, PIN) => {
    const stderr = await refused(section, { PIN });
    expect(stderr).toContain("config parse error: ");
    expect(stderr).not.toMatch(/hunter2|47\.11/);
  });

  test("a secret that a reference gives as a number is the text that stood there", async () => {
    process.env.PIN = "0123";
    expect((await print("{password: '${env:PIN}'}", "--mode=unredacted")).printed).toContain('password: "0123"\n');
    delete process.env.PIN;
  });
});

test("the schema shows no secret's default, and knows the forms", () => {
  const schema = configJsonSchema(RustExtensionFactory.all(runtime()));
  const takes = (section: unknown): boolean => accepts(schema, { extensions: { configured: section } });
  expect(JSON.stringify(schema)).not.toContain("changeit");
  for (const section of [
    { wait: "1h30m", retry: { pause: 5 }, tls: null, queue: { enabled: false } },
    { tls: { enabled: true, file: "f" }, password: "${env:P}", login: { token: "t" } },
  ]) {
    expect(takes(section), JSON.stringify(section)).toBe(true);
  }
  for (const section of [
    { wait: "soon" },
    { wait: 1.5 },
    { password: 5 },
    { tls: { fil: "f" } },
    { tls: { enabled: "yes" } },
    { targets: [{ token: "t" }] },
  ]) {
    expect(takes(section), JSON.stringify(section)).toBe(false);
  }
});
