/** Sections decoded to typed targets: by the classes of their defaults, and by schemas. */
import { describe, expect, test } from "vitest";
import {
  type Conf,
  Duration,
  type ExtensionFactory,
  type InvalidConfigError,
  Opaque,
  Optional,
  resolveConfig,
} from "../../dist/index.js";
import { confOf } from "../support/conf.js";
import { resolved } from "../support/resolver.js";
import { anything, integer, type SchemaOptions, type Shape, schemaOf, text } from "../support/schema.js";

const create = () => ({ start: async () => undefined, shutdown: async () => undefined });
const typed: ExtensionFactory = {
  type: "typed",
  stability: "Alpha",
  create,
  createDefaultConfig: () => ({
    wait: Duration.parse("5s"),
    key: new Opaque("none"),
    tls: Optional.none({ file: "", wait: Duration.parse("1s") }),
    queue: Optional.default({ size: 10, key: new Opaque("") }),
    limit: Optional.some({ high: 5 }),
    free: Optional.none(),
  }),
};
interface Typed {
  readonly wait: Duration;
  readonly key: Opaque;
  readonly tls: Optional<{ file: string; wait: Duration }>;
  readonly queue: Optional<{ size: number; key: Opaque }>;
  readonly limit: Optional<{ high: number }>;
  readonly free: Optional<unknown>;
}

const decode = (factory: ExtensionFactory, conf: Conf): unknown =>
  resolveConfig(conf, [factory]).extensions.get(factory.type)?.config;
const read = (section: string): Typed => decode(typed, confOf(`extensions:\n  typed: ${section}`)) as Typed;

/** What is wrong, after the words that are the same for all. */
function mistakes(factory: ExtensionFactory, conf: Conf): { texts: string[]; notes: readonly string[] } {
  try {
    decode(factory, conf);
  } catch (error) {
    const { problems, notes } = error as InvalidConfigError;
    const frame = `'extensions' error reading configuration for "${factory.type}": `;
    const texts = problems.map((problem) => problem.text.replace(frame, "").replace(/^decoding .*\n\n/, ""));
    return { texts: texts.flatMap((each) => each.split("\n")), notes };
  }
  throw new Error("nothing is wrong");
}

describe("durations, secrets and optional sections", () => {
  test("what is absent or null keeps its default", () => {
    for (const section of ["", "{}", "{wait: , key: }"]) {
      const { wait, key, tls, queue, limit } = read(section);
      expect([String(wait), key.reveal(), tls.get(), queue.get(), limit.get()]).toEqual([
        "5s",
        "none",
        undefined,
        undefined,
        { high: 5 },
      ]);
    }
  });

  test("a duration is text, or a whole number of nanoseconds", () => {
    expect(String(read("{wait: 1m30s}").wait)).toBe("1m30s");
    expect(String(read("{wait: 1500}").wait)).toBe("1.5µs");
  });

  test("an optional section comes to life as in the Collector", () => {
    expect(read("{tls: , queue: , limit: , free: }")).toMatchObject({
      tls: Optional.none(),
      queue: expect.objectContaining({ hasValue: true }),
    });
    expect(read("{queue: }").queue.get()).toMatchObject({ size: 10 });
    expect(read("{tls: }").tls.hasValue).toBe(false);
    const { tls, queue, limit, free } = read("{tls: {file: f}, queue: {}, limit: {high: 9}, free: {a: 1}}");
    expect([tls.get()?.file, String(tls.get()?.wait)]).toEqual(["f", "1s"]);
    expect([queue.get()?.size, limit.get(), free.get()]).toEqual([10, { high: 9 }, { a: 1 }]);
    expect(read("{free: 5}").free.get()).toBe(5);
  });

  test("enabled switches an optional section, and is no field of its value", () => {
    const { tls, queue, limit } = read(
      "{tls: {enabled: true}, queue: {enabled: false, size: 1}, limit: {enabled: false}}",
    );
    expect([tls.get()?.file, queue.hasValue, limit.hasValue]).toEqual(["", false, false]);
    expect(Object.keys(tls.get() ?? {})).toEqual(["file", "wait"]);
  });

  test("a secret is the text of its reference, at every depth", async () => {
    const conf = await resolved("extensions: {typed: {key: '${V}', queue: {key: '${V}'}}}", { V: "0123" });
    const { key, queue } = decode(typed, conf) as Typed;
    expect([key.reveal(), queue.get()?.key.reveal()]).toEqual(["0123", "0123"]);
  });

  test("defaults that a factory shares stay what they are", () => {
    const shared = Object.freeze({ queue: Optional.default(Object.freeze({ size: 1 })), wait: new Duration(1n) });
    const factory = { ...typed, createDefaultConfig: () => shared };
    expect(decode(factory, confOf("extensions: {typed: {queue: {size: 2}, wait: 1s}}"))).not.toBe(shared);
    expect([shared.queue.hasValue, shared.queue.getOrDefault()]).toEqual([false, { size: 1 }]);
  });

  test("mistakes are reported together, and never show the value", () => {
    const section = "{wait: hunter2, key: 7777, tls: {fil: x, wait: true}, queue: {enabled: 1.5}, limit: [1], z: 1}";
    expect(mistakes(typed, confOf(`extensions:\n  typed: ${section}`))).toEqual({
      texts: [
        "'<target>' has invalid keys: z",
        "'wait' time: invalid duration",
        "'key' expected type 'configopaque.String', got unconvertible type 'int'",
        "'tls' has invalid keys: fil",
        "'tls.wait' expected type 'time.Duration', got unconvertible type 'bool'",
        "'queue' unexpected type float64 for 'enabled': got '1.5' value expected 'true' or 'false'",
        `'limit' expected a map or struct, got "slice"`,
      ],
      notes: [
        "a.yaml:2:99: extensions::typed::z",
        "a.yaml:2:11: extensions::typed::wait",
        "a.yaml:2:26: extensions::typed::key",
        "a.yaml:2:43: extensions::typed::tls::fil",
        'did you mean "file"?',
        "a.yaml:2:51: extensions::typed::tls::wait",
        "a.yaml:2:72: extensions::typed::queue::enabled",
        "a.yaml:2:87: extensions::typed::limit",
      ],
    });
  });
});

describe("a factory with a schema", () => {
  const SHAPE: Shape = { port: integer, host: text, tls: { file: text } };
  const factoryOf = (options: SchemaOptions = {}, shape = SHAPE, defaults: object = {}): ExtensionFactory => ({
    ...typed,
    createDefaultConfig: () => defaults,
    configSchema: schemaOf(shape, options),
  });
  const JSON_SCHEMA = {
    properties: { port: {}, host: {}, tls: { $ref: "#/$defs/Tls" } },
    $defs: { Tls: { anyOf: [{ properties: { file: {} } }, { type: "null" }] } },
  };
  const GOOD = "extensions: {typed: {port: 1, host: h, tls: {file: f}}}";
  const BAD = `extensions:
  typed:
    port: x
    hots: y
    tls:
      fiel: 1
`;

  test("gives what the schema makes of section and defaults", () => {
    expect(decode(factoryOf(), confOf(GOOD))).toEqual({ port: 1, host: "h", tls: { file: "f" } });
    const defaults = { host: "d", port: 5, tls: { file: "e" } };
    expect(decode(factoryOf({}, SHAPE, defaults), confOf("extensions: {typed: {port: 1}}"))).toEqual({
      ...defaults,
      port: 1,
    });
    const dropping = factoryOf({ unknown: "dropped" });
    expect(decode(dropping, confOf(GOOD.replace("port", "z: 1, port")))).toEqual({
      port: 1,
      host: "h",
      tls: { file: "f" },
    });
  });

  test.each([
    ["at the map", { jsonSchema: JSON_SCHEMA }, ["hots", "fiel"]],
    ["at the key", { jsonSchema: JSON_SCHEMA, target: "draft-07" }, ["hots", "fiel"]],
    ["at the map", {}, []],
    ["at the key", { jsonSchema: JSON_SCHEMA, target: "openapi-3.0" }, []],
  ] as const)("unknown keys %s, %#", (unknown, options, suggested) => {
    const { texts, notes } = mistakes(factoryOf({ unknown, ...options }), confOf(BAD));
    expect(texts).toEqual([
      `'port' Expected an integer, received "x"`,
      "'host' Expected a string",
      "'tls.file' Expected a string",
      ...(unknown === "at the map"
        ? [`'tls' Unrecognized keys: "fiel"`, `'<target>' Unrecognized keys: "hots"`]
        : ["'tls.fiel' Unexpected key", "'hots' Unexpected key"]),
    ]);
    const hint = (key: "hots" | "fiel", word: string) =>
      (suggested as readonly string[]).includes(key) ? [`did you mean "${word}"?`] : [];
    expect(notes).toEqual([
      "a.yaml:3:5: extensions::typed::port",
      "a.yaml:2:3: extensions::typed",
      "a.yaml:5:5: extensions::typed::tls",
      "a.yaml:6:7: extensions::typed::tls::fiel",
      ...hint("fiel", "file"),
      "a.yaml:4:5: extensions::typed::hots",
      ...hint("hots", "host"),
    ]);
  });

  test("without JSON Schema, the defaults know the keys", () => {
    const factory = factoryOf({}, SHAPE, { host: "h", port: 1, tls: { file: "f" } });
    expect(mistakes(factory, confOf("extensions: {typed: {hots: 1}}")).notes).toContain('did you mean "host"?');
  });

  test("a reference is text where the schema wants text, and nothing of it is shown", async () => {
    const env = { V: "0123", SECRET: "hunter2" };
    const good = await resolved("extensions: {typed: {port: '${V}', host: '${V}', tls: {file: '${V}'}}}", env);
    expect(decode(factoryOf(), good)).toEqual({ port: 83, host: "0123", tls: { file: "0123" } });
    const bad = await resolved("extensions: {typed: {port: '${SECRET}', host: '${V}', tls: {file: f}}}", env);
    expect(mistakes(factoryOf(), bad).texts).toEqual(["'port' Expected an integer, received [REDACTED]"]);
  });

  test("durations and secrets of the defaults reach the schema as such, and their mistakes stand beside its own", () => {
    const defaults = { wait: Duration.parse("1s"), key: new Opaque("") };
    const factory = factoryOf({}, { wait: anything, key: anything, port: integer }, defaults);
    const good = decode(factory, confOf("extensions: {typed: {wait: 2s, key: k, port: 1}}")) as Typed;
    expect([String(good.wait), good.key.reveal()]).toEqual(["2s", "k"]);
    expect(mistakes(factory, confOf("extensions: {typed: {wait: 2, key: 5, port: x}}")).texts).toEqual([
      "'key' expected type 'configopaque.String', got unconvertible type 'int'",
      `'port' Expected an integer, received "x"`,
    ]);
  });

  test("one that answers with a promise, or throws, is a mistake at the section", () => {
    const later = { "~standard": { version: 1, vendor: "later", validate: async () => ({ value: 1 }) } } as const;
    const broken = {
      "~standard": {
        version: 1,
        vendor: "broken",
        validate: () => {
          throw new Error("not today");
        },
      },
    } as const;
    for (const [configSchema, message] of [
      [later, "the schema of later answers with a promise: a configuration is decoded in one go"],
      [broken, "not today"],
    ] as const) {
      const { texts, notes } = mistakes({ ...typed, createDefaultConfig: () => ({}), configSchema }, confOf(GOOD));
      expect([texts, notes]).toEqual([[message], ["a.yaml:1:14: extensions::typed"]]);
    }
  });
});
