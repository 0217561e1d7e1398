/** The schema of a whole file, tried with a validator. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  configJsonSchema,
  Duration,
  type ExtensionFactory,
  type JsonSchema,
  Opaque,
  Optional,
  RustExtensionFactory,
  resolveConfig,
} from "../../dist/index.js";
import { accepts } from "../support/ajv.js";
import { confOf } from "../support/conf.js";
import { FakeRuntime } from "../support/fake-runtime.js";
import { ROOT } from "../support/markdown.ts";
import { bundledRuntime } from "../support/runtime.js";
import { integer, schemaOf } from "../support/schema.js";

const runtime = bundledRuntime();
const create = () => ({ start: async () => undefined, shutdown: async () => undefined });
const base = { stability: "Alpha", create } as const;
const TREE = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://tree.example/schema",
  type: "object",
  required: ["port", "node"],
  properties: {
    port: { type: "integer", description: "Where it listens.", format: "uint16" },
    node: { $ref: "#/$defs/Node" },
  },
  $defs: {
    Node: {
      type: "object",
      properties: { next: { anyOf: [{ $ref: "#/$defs/Node" }, { type: "null" }] }, mode: { enum: ["a", "b"] } },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};
const shape = {
  port: integer,
  node: (value: unknown) => {
    if (value === undefined) throw new Error("Required");
    return value;
  },
};
const factories: ExtensionFactory[] = [
  {
    ...base,
    type: "vendor",
    configSchema: schemaOf(shape, { jsonSchema: TREE }),
    createDefaultConfig: () => ({ port: 1 }),
  },
  {
    ...base,
    type: "by_hand",
    configJsonSchema: { type: "object", $defs: { Node: false } },
    createDefaultConfig: () => ({}),
  },
  { ...base, type: "unsaid", configSchema: schemaOf({}, { unknown: "dropped" }), createDefaultConfig: () => ({}) },
  { ...base, type: "reads_itself", createDefaultConfig: () => ({ unmarshal: () => undefined }) },
  { ...base, type: "bare", createDefaultConfig: () => ({}) },
  {
    ...base,
    type: "defaults",
    createDefaultConfig: () => ({
      port: 1,
      wait: Duration.parse("5s"),
      key: new Opaque("hunter2"),
      tls: Optional.none({ file: "" }),
      size: Optional.default(5),
      labels: {},
      inner: { deep: { x: 1 } },
    }),
  },
];

const all = () => [...RustExtensionFactory.all(runtime()), ...factories];
const isAccepted = (text: string, schema: JsonSchema = configJsonSchema(all())): boolean =>
  accepts(schema, parse(text) as unknown);

test("accepts every example", () => {
  const examples = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".yaml"));
  expect(examples.length).toBeGreaterThan(0);
  const own = configJsonSchema(RustExtensionFactory.all(runtime()));
  for (const name of examples) {
    const text = readFileSync(join(ROOT, "examples", name), "utf8");
    expect(isAccepted(text, own), name).toBe(true);
  }
});

describe("accepts what ferrule accepts", () => {
  test.each([
    "extensions: {health_check: , rust_sample/one: {timeout_ms: 5, depends_on: [health_check, ' rust_sample / b ']}}",
    "extensions: {rust_sample / two-words : {}}",
    "extensions: {rust_sample: {timeout_ms: '${env:T}', enabled: '${E:-true}', depends_on: '${D}'}}",
    "extensions: {rust_sample: '${file:part.yaml}'}\nservice: {extensions: ['${X}'], telemetry: '${T}'}",
    "extensions: '${file:all.yaml}'\nservice: '${file:service.yaml}'",
    "extensions:\nservice: {extensions: , telemetry: {logs: {level: WaRn}}}",
    "extensions::health_check::path: /\nservice: {telemetry::logs: {level: info}}",
    "extensions: {vendor/x: {node: {next: {next: , mode: '${M}'}}}}",
    "extensions: {vendor: {port: '${P}', node: '${N}'}}",
    "extensions: {unsaid: {anything: 1}, by_hand: {anything: 1}, reads_itself: {unmarshal: 1}}",
    "extensions: {bare: {}, defaults: {wait: 1h2.5s, key: k, tls: {file: f, enabled: false}, size: 7, labels: {a: 1}}}",
    "extensions: {defaults: {wait: 5, tls: , size: , inner: {deep: }}}",
  ])("%s", (text) => {
    expect(isAccepted(text)).toBe(true);
  });
});

describe("refuses what a schema can see", () => {
  test.each([
    "extension: {}",
    "receivers: {}",
    "extensions: [a]",
    "extensions: {helth_check: }",
    "extensions: {health_check/: }",
    "extensions: {health_check/a$b: }",
    "extensions: {health_check: 5}",
    "extensions: {health_check: {pth: /}}",
    "extensions: {rust_sample: {timeout_ms: soon}}",
    "extensions: {rust_sample: {timeout_ms: -1}}",
    "extensions: {rust_sample: {depends_on: health_check}}",
    "extensions: {rust_sample: {depends_on: [5]}}",
    "extensions: {bare: {depends_on: []}}",
    "extensions: {vendor: {node: {}, prt: 1}}",
    "extensions: {vendor: {port: 1}}",
    "extensions: {vendor: {node: {next: {mode: c}}}}",
    "extensions: {defaults: {wait: soon}}",
    "extensions: {defaults: {wait: 1.5}}",
    "extensions: {defaults: {key: 5}}",
    "extensions: {defaults: {tls: {fil: f}}}",
    "extensions: {defaults: {tls: {enabled: 1}}}",
    "extensions: {defaults: {labels: x}}",
    "extensions: {defaults: {inner: {deep: {y: 1}}}}",
    "extensions: {bare: {x: 1}}",
    "service: {extension: []}",
    "service: {extensions: health_check}",
    "service: {extensions: [a-b]}",
    "service: {telemetry: {logs: {level: loud}}}",
    "service: {telemetry: {metrics: {}}}",
    "service: 5",
  ])("%s", (text) => {
    expect(isAccepted(text)).toBe(false);
    // What it refuses, ferrule refuses.
    if (!text.includes("vendor: {node: {next")) expect(() => resolveConfig(confOf(text), all())).toThrow();
  });
});

test("says nothing of what a default hides, and shows what editors show", () => {
  const schema = configJsonSchema(all(), "mine");
  expect(JSON.stringify(schema)).not.toContain("hunter2");
  expect(schema.title).toBe("Configuration of mine");
  const vendor = (schema.$defs as Record<string, { properties: Record<string, unknown> }>)["extensions.vendor"];
  expect(vendor).not.toHaveProperty("$id");
  expect(vendor?.properties.port).toMatchObject({ description: "Where it listens." });
});

test("components whose schemas name the same parts stay apart", () => {
  const { $defs } = configJsonSchema(all()) as { $defs: Record<string, { $defs?: unknown }> };
  expect($defs["extensions.by_hand"]?.$defs).toEqual({ Node: false });
  expect($defs["extensions.vendor"]?.$defs).toMatchObject({ Node: { additionalProperties: false } });
});

test("a library that states no schema takes any section", () => {
  const schema = configJsonSchema(RustExtensionFactory.all(new FakeRuntime()));
  expect(isAccepted("extensions: {rust_sample: {anything: 1, depends_on: [health_check/a]}}", schema)).toBe(true);
  expect(isAccepted("extensions: {rust_sample: {depends_on: 5}}", schema)).toBe(false);
});
