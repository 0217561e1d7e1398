import { describe, expect, test } from "vitest";
import type { ExtensionFactory } from "../../dist/component/extension.js";
import { RustComponentConfig } from "../../dist/component/rust-config.js";
import { RustExtensionFactory } from "../../dist/component/rust-factory.js";
import { resolveConfig } from "../../dist/config/resolve-config.js";
import { Conf } from "../../dist/confmap/conf.js";
import type { InvalidConfigError } from "../../dist/confmap/problem.js";
import { confOf } from "../support/conf.js";
import { FakeRuntime } from "../support/fake-runtime.js";
import { resolved } from "../support/resolver.js";

const plain: ExtensionFactory<{ port: number; host: string }> = {
  type: "plain",
  stability: "Alpha",
  createDefaultConfig: () => ({ port: 1, host: "h" }),
  create: () => ({ start: async () => undefined, shutdown: async () => undefined }),
};
class Deep {
  #secret = "kept";
  port = 1;
  tls = { on: false, ciphers: ["a", "b"], ca: { file: "f", mode: null as string | null } };
  labels: Record<string, unknown> = {};
  since = new Date(0);
  get secret() {
    return this.#secret;
  }
}
const SHARED = Object.freeze({ limits: Object.freeze({ low: 1, high: 2 }), free: Object.freeze({}) });
const { create, stability } = plain as ExtensionFactory;
const deep: ExtensionFactory<Deep> = { type: "deep", stability, create, createDefaultConfig: () => new Deep() };
const shared: ExtensionFactory = { type: "shared", stability, create, createDefaultConfig: () => SHARED };
const factories = [plain, deep, shared, ...RustExtensionFactory.all(new FakeRuntime())];
const resolve = (text: string) => resolveConfig(confOf(text, "s.yaml"), factories as ExtensionFactory[]);

const DECODE =
  "failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n";

test("a configuration, decoded", () => {
  const { extensions, service } = resolve(
    `extensions:
  health_check:
  rust_sample / one : {timeout_ms: 7, depends_on: [health_check]}
  plain: {port: 2}
service:
  extensions: [rust_sample/one, health_check]
  telemetry: {logs: {level: WARN}}
`,
  );
  expect([...extensions.keys()]).toEqual(["health_check", "rust_sample/one", "plain"]);
  const one = extensions.get("rust_sample/one")!;
  expect([one.id.name, one.factory.type]).toEqual(["one", "rust_sample"]);
  expect(one.config).toBeInstanceOf(RustComponentConfig);
  expect((one.config as RustComponentConfig).json).toBe('{"timeout_ms":7}');
  expect(one.factory.dependencies?.(one.config).map(String)).toEqual(["health_check"]);
  expect(extensions.get("plain")?.config).toEqual({ port: 2, host: "h" });
  expect(service.extensions.map(String)).toEqual(["rust_sample/one", "health_check"]);
  expect(service.telemetry.logs.level).toBe("warn");
});

test("what may be absent", () => {
  for (const rest of ["", "service:\n", "service: {extensions: , telemetry: {logs: {level: }}}\n"]) {
    expect(resolve(`extensions: {health_check: }\n${rest}`).service).toEqual({
      extensions: [],
      telemetry: { logs: {} },
    });
  }
});

describe("a section over the defaults of a TypeScript factory", () => {
  const config = (text: string, id: string): unknown => resolve(`extensions:\n  ${text}`).extensions.get(id)?.config;

  test("field by field at every depth; lists and free maps as a whole; the class stays", () => {
    const laid = config(
      "deep: {tls: {ciphers: [c], ca: {mode: strict}}, labels: {a: {b: 1}}, since: 2024-01-02, port: }",
      "deep",
    ) as Deep;
    expect(laid).toBeInstanceOf(Deep);
    expect(laid.secret).toBe("kept");
    expect({ ...laid }).toEqual({
      port: null,
      tls: { on: false, ciphers: ["c"], ca: { file: "f", mode: "strict" } },
      labels: { a: { b: 1 } },
      since: new Date("2024-01-02"),
    });
  });

  test("a reference is text where the default is text, at every depth", async () => {
    const conf = await resolved(
      "extensions: {plain: {host: '${V}', port: '${V}'}, deep: {tls: {ca: {file: '${V}', mode: '${V}'}}, labels: {a: '${V}'}}}",
      { V: "0123" },
    );
    const { extensions } = resolveConfig(conf, factories as ExtensionFactory[]);
    expect(extensions.get("plain")?.config).toEqual({ host: "0123", port: 83 });
    const { tls, labels } = (extensions.get("deep")?.config ?? {}) as Deep;
    expect([tls.ca, labels]).toEqual([{ file: "0123", mode: 83 }, { a: 83 }]);
  });

  test("a null in place of a map leaves the defaults, as it does in place of the section", () => {
    expect(config("deep: {tls: {ca: }, labels: }", "deep")).toEqual(new Deep());
    expect(config("deep: {tls: }", "deep")).toEqual(new Deep());
  });

  test("defaults that a factory shares stay what they are", () => {
    expect(config("shared/a: {limits: {high: 9}, free: {x: 1}}", "shared/a")).toEqual({
      limits: { low: 1, high: 9 },
      free: { x: 1 },
    });
    expect(config("shared/b:", "shared/b")).toEqual({ limits: { low: 1, high: 2 }, free: {} });
  });

  test("a default that is frozen and no plain map is refused by name", () => {
    const frozen: ExtensionFactory = { ...deep, create, createDefaultConfig: () => Object.freeze(new Deep()) };
    const conf = confOf("extensions: {deep: {port: 2}}", "s.yaml");
    expect(() => resolveConfig(conf, [frozen])).toThrow("port: the default configuration is frozen");
  });

  test("what is given in code is not taken apart, and may not hold itself", () => {
    const map = new Map([["a", 1]]);
    const { extensions } = resolveConfig(
      Conf.fromMap({ extensions: { deep: { since: map } } }),
      factories as ExtensionFactory[],
    );
    expect((extensions.get("deep")?.config as Deep | undefined)?.since).toBe(map);
    const cycle: Record<string, unknown> = {};
    cycle.again = [cycle];
    const holds = { code: "CONFIG_INVALID", message: "the configuration holds itself" };
    expect(() => Conf.fromMap(cycle)).toThrow(expect.objectContaining(holds));
  });
});

describe("mistakes", () => {
  const ONE = "extensions:\n  health_check:\n  rust_sample/one:\n";
  const reading = `'extensions' error reading configuration for "rust_sample/one": `;
  test.each([
    ["", "empty configuration file", ["s.yaml:1:1"]],
    ["extensions: {}\nservice: {extensions: [a]}", "empty configuration file", ["s.yaml:1:1"]],
    [
      "extensons: {}",
      `${DECODE}'<target>' has invalid keys: extensons`,
      ["s.yaml:1:1: extensons", 'did you mean "extensions"?'],
    ],
    ["z: 1\nb: 2", `${DECODE}'<target>' has invalid keys: b, z`, ["s.yaml:1:1: z", "s.yaml:2:1: b"]],
    [
      "receivers: {otlp: }",
      `${DECODE}'receivers' unknown type: "otlp" for id: "otlp" (valid values: [])`,
      ["s.yaml:1:13: receivers::otlp"],
    ],
    [
      "connectors:\nservice:\n  pipelines: {traces: }",
      "empty configuration file\nservice::pipelines::traces: must have at least one receiver",
      ["s.yaml:1:1", "s.yaml:3:15: service::pipelines::traces"],
    ],
    ["extensions: [a]", `${DECODE}'extensions' expected a map or struct, got "slice"`, ["s.yaml:1:1: extensions"]],
    ["service: 5", `${DECODE}'service' expected a map or struct, got "int"`, ["s.yaml:1:1: service"]],
    [
      "service:\n  telemetry: {logs: x}",
      `${DECODE}'service.telemetry.logs' expected a map or struct, got "string"`,
      ["s.yaml:2:15: service::telemetry::logs"],
    ],
    [
      "service:\n  extension: []",
      `${DECODE}'service' has invalid keys: extension`,
      ["s.yaml:2:3: service::extension", 'did you mean "extensions"?'],
    ],
    [
      "service: {telemetry: {metrics: {}, logs: {levl: info}}}",
      `${DECODE}'service.telemetry' has invalid keys: metrics\n'service.telemetry.logs' has invalid keys: levl`,
      [
        "s.yaml:1:23: service::telemetry::metrics",
        "s.yaml:1:43: service::telemetry::logs::levl",
        'did you mean "level"?',
      ],
    ],
    [
      "service: {telemetry: {logs: {level: loud}}}",
      `${DECODE}'service.telemetry.logs.level' unrecognized level: "loud"`,
      ["s.yaml:1:30: service::telemetry::logs::level", "valid values: debug, info, warn, error"],
    ],
    [
      "service: {telemetry: {logs: {level: 5}}}",
      `${DECODE}'service.telemetry.logs.level' expected type 'string', got unconvertible type 'int'`,
      ["s.yaml:1:30: service::telemetry::logs::level", "valid values: debug, info, warn, error"],
    ],
    [
      "service: {extensions: a}",
      `${DECODE}'service.extensions' source data must be an array or slice, got string`,
      ["s.yaml:1:11: service::extensions"],
    ],
    [
      "service:\n  extensions:\n    - 5\n    - a b",
      `${DECODE}'service.extensions[0]' expected type 'string', got unconvertible type 'int'\n` +
        `'service.extensions[1]' in "a b" id: invalid character(s) in type "a b"`,
      ["s.yaml:3:7: service::extensions::0", "s.yaml:4:7: service::extensions::1"],
    ],
    [
      "extensions:\n  a-b:\n",
      `${DECODE}'extensions' in "a-b" id: invalid character(s) in type "a-b"`,
      ["s.yaml:2:3: extensions::a-b"],
    ],
    [
      "extensions:\n  plain/x:\n  plain / x: \n",
      `${DECODE}'extensions' duplicate name "plain/x"`,
      ["s.yaml:3:3: extensions::plain / x"],
    ],
    [
      "extensions:\n  rust_smaple/one:\n",
      `${DECODE}'extensions' unknown type: "rust_smaple" for id: "rust_smaple/one" (valid values: [deep health_check plain rust_sample shared])`,
      ["s.yaml:2:3: extensions::rust_smaple/one", 'did you mean "rust_sample"?'],
    ],
    [
      `${ONE}    timeout_ms: 0`,
      `${DECODE}${reading}rust config validation failed: timeout_ms must be greater than 0`,
      ["s.yaml:4:5: extensions::rust_sample/one::timeout_ms"],
    ],
    [
      `${ONE}    timeout_ms: soon`,
      `${DECODE}${reading}rust config validation failed: config parse error: timeout_ms: invalid type: string, expected u64`,
      ["s.yaml:4:5: extensions::rust_sample/one::timeout_ms"],
    ],
    [
      `${ONE}    enabled: true\n    timeout: 5`,
      `${DECODE}${reading}rust config validation failed: config parse error: timeout: unknown field \`timeout\`, expected one of \`endpoint\`, \`timeout_ms\`, \`enabled\``,
      ["s.yaml:5:5: extensions::rust_sample/one::timeout"],
    ],
    [
      `${ONE}    enabled: true\n    endpont: x`,
      `${DECODE}${reading}rust config validation failed: config parse error: endpont: unknown field \`endpont\`, expected one of \`endpoint\`, \`timeout_ms\`, \`enabled\``,
      ["s.yaml:5:5: extensions::rust_sample/one::endpont", 'did you mean "endpoint"?'],
    ],
    [
      `${ONE}    depends_on: [health_check, 5]`,
      `${DECODE}${reading}depends_on[1]: expected an extension id, got a number`,
      ["s.yaml:4:32: extensions::rust_sample/one::depends_on::1"],
    ],
    [
      "extensions: {rust_sample/one: 5}",
      `${DECODE}${reading}expected a map or struct, got "int"`,
      ["s.yaml:1:14: extensions::rust_sample/one"],
    ],
    [
      "extensions:\n  plain: {prt: 1, hst: 2}\n",
      `${DECODE}'extensions' error reading configuration for "plain": decoding failed due to the following error(s):\n\n` +
        `'<target>' has invalid keys: hst, prt`,
      [
        "s.yaml:2:11: extensions::plain::prt",
        'did you mean "port"?',
        "s.yaml:2:19: extensions::plain::hst",
        'did you mean "host"?',
      ],
    ],
    [
      "extensions:\n  deep: {tls: {onn: true, ca: {fil: x, z: 1}}, tsl: 1}\n",
      `${DECODE}'extensions' error reading configuration for "deep": decoding failed due to the following error(s):\n\n` +
        `'<target>' has invalid keys: tsl\n'tls' has invalid keys: onn\n'tls.ca' has invalid keys: fil, z`,
      [
        "s.yaml:2:48: extensions::deep::tsl",
        'did you mean "tls"?',
        "s.yaml:2:16: extensions::deep::tls::onn",
        'did you mean "on"?',
        "s.yaml:2:32: extensions::deep::tls::ca::fil",
        'did you mean "file"?',
        "s.yaml:2:40: extensions::deep::tls::ca::z",
      ],
    ],
    [
      "extensions:\n  deep: {tls: [1], labels: x}\n",
      `${DECODE}'extensions' error reading configuration for "deep": decoding failed due to the following error(s):\n\n` +
        `'tls' expected a map or struct, got "slice"\n'labels' expected a map or struct, got "string"`,
      ["s.yaml:2:10: extensions::deep::tls", "s.yaml:2:20: extensions::deep::labels"],
    ],
    [
      "extensions: {a-b: , none: }\nservice: 5",
      `${DECODE}'extensions' in "a-b" id: invalid character(s) in type "a-b"\n` +
        `'extensions' unknown type: "none" for id: "none" (valid values: [deep health_check plain rust_sample shared])\n` +
        `'service' expected a map or struct, got "int"`,
      ["s.yaml:1:14: extensions::a-b", "s.yaml:1:21: extensions::none", "s.yaml:2:1: service"],
    ],
    [
      "extensions: {plain: }\nservice:\n  extensions: [plain, plan, rust_sample]\n",
      'service::extensions: references extension "plan" which is not configured',
      ["s.yaml:3:23: service::extensions::1", 'did you mean "plain"?'],
    ],
  ])("%j", (text, message, notes) => {
    let thrown: InvalidConfigError | undefined;
    try {
      resolve(text);
    } catch (error) {
      thrown = error as InvalidConfigError;
    }
    expect({ message: thrown?.message, notes: thrown?.notes, code: thrown?.code }).toEqual({
      message,
      notes,
      code: "CONFIG_INVALID",
    });
  });
});
