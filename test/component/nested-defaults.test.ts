/** Rust's own defaults under a section, below the first level; and Rust's texts led back to the file from there. */
import { describe, expect, test } from "vitest";
import {
  type ComponentInfo,
  ConfigError,
  type InvalidConfigError,
  RustComponentConfig,
  RustExtensionFactory,
  resolveConfig,
} from "../../dist/index.js";
import { confOf } from "../support/conf.js";
import { FakeRuntime } from "../support/fake-runtime.js";
import { filesOfTest } from "../support/files.js";
import { resolverOf } from "../support/resolver.js";

const SCHEMA = {
  type: "object",
  properties: {
    pool: { $ref: "#/$defs/Pool", default: {} },
    tls: { anyOf: [{ $ref: "#/$defs/Tls" }, { type: "null" }] },
    auth: { oneOf: [{ properties: { basic: {} } }, { properties: { token: {} } }] },
    labels: { type: "object", additionalProperties: { type: "string" } },
  },
  $defs: {
    Pool: { type: "object", properties: { size: {}, retry: { $ref: "#/$defs/Retry" } } },
    Retry: { type: "object", properties: { times: {}, wait_ms: {} } },
    Tls: { type: "object", properties: { file: {}, mode: {} } },
  },
};
const DEFAULTS = {
  pool: { size: 4, retry: { times: 3, wait_ms: 100 } },
  tls: { file: "f", mode: "m" },
  auth: { basic: "b" },
  labels: { a: "1" },
  flat: 1,
};

class NestedRuntime extends FakeRuntime {
  refusal: string | undefined;

  override components(): readonly ComponentInfo[] {
    return [{ type: "nested", stability: "Beta", description: "", methods: [], configSchema: SCHEMA }];
  }

  override defaultConfig(): string {
    return JSON.stringify(DEFAULTS);
  }

  override validateConfig(): { dependencies: readonly string[] } {
    if (this.refusal !== undefined) throw new ConfigError(this.refusal, this.refusal);
    return { dependencies: [] };
  }
}

const sent = (section: string): unknown => {
  const factories = RustExtensionFactory.all(new NestedRuntime());
  const found = resolveConfig(confOf(`extensions: {nested: ${section}}`), factories).extensions.get("nested")!;
  return JSON.parse((found.config as RustComponentConfig).json);
};

describe("defaults of inner structures", () => {
  test.each([
    ["{}", {}],
    ["{flat: 2}", { flat: 2 }],
    ["{pool: {}}", { pool: DEFAULTS.pool }],
    ["{pool: {retry: {times: 9}}}", { pool: { size: 4, retry: { times: 9, wait_ms: 100 } } }],
    ["{pool: {size: , more: 1}}", { pool: { size: null, more: 1, retry: DEFAULTS.pool.retry } }],
    ["{tls: {mode: n}}", { tls: { file: "f", mode: "n" } }],
    ["{tls: , pool: }", { tls: null, pool: null }],
    ["{pool: [1]}", { pool: [1] }],
  ])("%s", (section, json) => {
    expect(sent(section)).toEqual(json);
  });

  test("one variant of several, and a map with free keys, are values", () => {
    expect(sent("{auth: {token: t}, labels: {b: '2'}}")).toEqual({ auth: { token: "t" }, labels: { b: "2" } });
  });

  test("keys of JavaScript's own are keys like any other", () => {
    expect(sent("{pool: {__proto__: 1, constructor: {a: 1}}}")).toEqual(
      JSON.parse(
        `{"pool": {"__proto__": 1, "constructor": {"a": 1}, "size": 4, "retry": {"times": 3, "wait_ms": 100}}}`,
      ),
    );
  });

  test("the map that is given back is the user's", () => {
    const config = new RustComponentConfig(new NestedRuntime(), "nested");
    config.unmarshal(confOf("pool: {size: 1}"));
    const written = confOf("{}");
    config.marshal(written);
    expect(written.toStringMap()).toEqual({ pool: { size: 1 } });
  });
});

describe("Rust's texts, led back to the file", () => {
  const explained = async (files: Record<string, string>, refusal: string, env = {}): Promise<unknown> => {
    const directory = filesOfTest(files);
    const runtime = new NestedRuntime();
    runtime.refusal = refusal;
    const uris = Object.keys(files).filter((name) => !name.startsWith("part"));
    const resolver = resolverOf({ uris: uris.map((name) => `${directory}/${name}`) }, { HERE: directory, ...env });
    const conf = await resolver.resolve();
    await resolver.shutdown();
    try {
      resolveConfig(conf, RustExtensionFactory.all(runtime));
    } catch (error) {
      const { problems, notes } = error as InvalidConfigError;
      const text = problems[0]!.text.split("rust config validation failed: ")[1];
      return { text, notes: notes.map((note) => note.replace(`${directory}/`, "")) };
    }
    return undefined;
  };
  const wrong = (path: string) => `config parse error: ${path}: invalid type: string "hunter2", expected u64`;
  const shown = (path: string) => `config parse error: ${path}: invalid type: string [REDACTED], expected u64`;

  test("a nested field", async () => {
    const files = { "a.yaml": "extensions:\n  nested:\n    pool:\n      retry: {times: hunter2}\n" };
    expect(await explained(files, wrong("pool.retry.times"))).toEqual({
      text: wrong("pool.retry.times"),
      notes: ["a.yaml:4:15: extensions::nested::pool::retry::times"],
    });
  });

  test("an item of a list, and a key with dots in it", async () => {
    const files = { "a.yaml": "extensions:\n  nested:\n    list:\n      - a\n      - b.c.d: {x: hunter2}\n" };
    expect(await explained(files, wrong("list[1].b.c.d.x"))).toMatchObject({
      notes: ["a.yaml:5:17: extensions::nested::list::1::b.c.d::x"],
    });
  });

  test("a field of another file, and one that lies over a first file's", async () => {
    const parts = {
      "a.yaml": "extensions:\n  nested:\n    pool: ${file:${env:HERE}/part.yaml}\n",
      "part.yaml": "# a part\nretry:\n  times: hunter2\n",
    };
    expect(await explained(parts, wrong("pool.retry.times"))).toMatchObject({
      notes: ["part.yaml:3:3: extensions::nested::pool::retry::times"],
    });
    const over = {
      "a.yaml": "extensions: {nested: {pool: {size: 1}}}",
      "b.yaml": "extensions:\n  nested: {pool: {size: hunter2}}\n",
    };
    expect(await explained(over, wrong("pool.size"))).toMatchObject({
      notes: ["b.yaml:2:19: extensions::nested::pool::size"],
    });
  });

  test("what a reference stood for is not shown", async () => {
    const files = { "a.yaml": "extensions:\n  nested:\n    pool: {size: '${env:PASSWORD}'}\n" };
    expect(await explained(files, wrong("pool.size"), { PASSWORD: "hunter2" })).toEqual({
      text: shown("pool.size"),
      notes: ["a.yaml:3:12: extensions::nested::pool::size"],
    });
    const inside = { "a.yaml": "extensions:\n  nested:\n    pool: {size: 'hunt${env:PART}'}\n" };
    expect(await explained(inside, wrong("pool.size"), { PART: "er2" })).toMatchObject({ text: shown("pool.size") });
  });

  test("a field that is absent is the fault of the map that lacks it", async () => {
    const files = { "a.yaml": "extensions:\n  nested:\n    pool: {retry: {}}\n" };
    expect(await explained(files, "config parse error: pool.retry.times: missing field `times`")).toMatchObject({
      notes: ["a.yaml:3:12: extensions::nested::pool::retry"],
    });
  });
});
