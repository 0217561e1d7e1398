/** The schema of a file with pipelines, tried with a validator. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type CollectorFactories,
  configJsonSchema,
  type Distribution,
  Duration,
  Opaque,
  resolveCollector,
} from "../../dist/index.js";
import { accepts } from "../support/ajv.js";
import { confOf } from "../support/conf.js";

const stability = { traces: "Alpha", logs: "Alpha" } as const;
const create = () => ({ start: async () => undefined, shutdown: async () => undefined });
const consume = async (): Promise<void> => undefined;
const consumer = () => ({ ...create(), mutatesData: false, consume });
const factories: CollectorFactories = {
  extensions: [{ type: "ext", stability: "Alpha", create, createDefaultConfig: () => ({}) }],
  receivers: [
    { type: "otlp", stability, create, createDefaultConfig: () => ({ port: 1, wait: Duration.parse("5s") }) },
  ],
  processors: [{ type: "batch", stability, create: consumer, createDefaultConfig: () => ({ size: 1 }) }],
  exporters: [
    {
      type: "otlp",
      stability,
      create: consumer,
      createDefaultConfig: () => ({ host: "", key: new Opaque("hunter2") }),
    },
  ],
  connectors: [
    { type: "count", stability: { "traces-to-logs": "Alpha" }, create: consumer, createDefaultConfig: () => ({}) },
  ],
  telemetry: { level: "normal" },
};
const schema = configJsonSchema(factories, "mine");
const whole = (pipelines: string): string =>
  `receivers: {otlp: }\nprocessors: {batch: }\nexporters: {otlp: }\nconnectors: {count: }\nservice: {pipelines: ${pipelines}}`;

describe("accepts what is accepted", () => {
  test.each([
    whole(
      "{traces: {receivers: [otlp], processors: [batch], exporters: [otlp, count]}, logs/x: {receivers: [count], exporters: [otlp]}}",
    ),
    whole("{ traces / a : {receivers: ['${env:R:-otlp}'], exporters: [' otlp ']}}"),
    "receivers: {otlp/a: {port: 5, wait: 1m}}\nexporters: {otlp: {host: h, key: k}}\nservice: {pipelines: {traces: {receivers: [otlp/a], exporters: [otlp]}}, telemetry: {level: none}}",
    "service::pipelines::traces: {receivers: [otlp], exporters: [otlp]}\nreceivers: {otlp: }\nexporters: {otlp: }",
  ])("%s", (text) => {
    expect(accepts(schema, parse(text))).toBe(true);
    if (!text.includes("${")) expect(() => resolveCollector(confOf(text), factories)).not.toThrow();
  });

  test.each(["receivers: {otlp: }", "service: '${file:service.yaml}'", "service: {pipelines: {traces: }}"])(
    "a part of a file: %s",
    (text) => {
      expect(accepts(schema, parse(text))).toBe(true);
    },
  );
});

describe("refuses what a schema can see", () => {
  test.each([
    "receiver: {otlp: }",
    "receivers: [otlp]",
    "receivers: {otpl: }",
    "receivers: {otlp: {host: h}}",
    "exporters: {otlp: {port: 1}}",
    "exporters: {otlp: {key: 5}}",
    "connectors: {otlp: }",
    whole("{spans: {receivers: [otlp], exporters: [otlp]}}"),
    whole("{traces/: {receivers: [otlp], exporters: [otlp]}}"),
    whole("{traces: {receivers: [], exporters: [otlp]}}"),
    whole("{traces: {receivers: [otlp], exporters: []}}"),
    whole("{traces: {receivers: otlp, exporters: [otlp]}}"),
    whole("{traces: {receivers: [otlp], exporters: [5]}}"),
    whole("{traces: {receivers: [batch], exporters: [otlp]}}"),
    whole("{traces: {receivers: [otlp], processors: [count], exporters: [otlp]}}"),
    whole("{traces: {receivers: [otlp], processors: [batch, batch], exporters: [otlp]}}"),
    whole("{traces: {receiver: [otlp], exporters: [otlp]}}"),
    "service: {extensions: [otlp]}",
    "service: {telemetry: {levels: normal}}",
    "service: {pipeline: {}}",
  ])("%s", (text) => {
    expect(accepts(schema, parse(text))).toBe(false);
    expect(() => resolveCollector(confOf(text), factories)).toThrow();
  });
});

test("types of the same name stay apart, and no secret is told", () => {
  const { $defs, title } = schema as { $defs: Record<string, { properties?: object }>; title: string };
  expect(Object.keys($defs["receivers.otlp"]?.properties ?? {})).toEqual(["port", "wait"]);
  expect(Object.keys($defs["exporters.otlp"]?.properties ?? {})).toEqual(["host", "key"]);
  expect(JSON.stringify(schema)).not.toContain("hunter2");
  expect(title).toBe("Configuration of mine");
});

test("it takes every file of the samples that the Collector takes", async () => {
  const fixture = new URL("../fixture/distribution.mjs", import.meta.url).href;
  const { distribution } = (await import(fixture)) as { distribution: Distribution };
  const { cases } = JSON.parse(readFileSync(new URL("../conformance/cli.json", import.meta.url), "utf8")) as {
    cases: { input: { files?: Record<string, string> }; expected: { error: string | null } }[];
  };
  const good = cases
    .filter(({ expected }) => expected.error === null)
    .flatMap(({ input }) => Object.values(input.files ?? {}));
  const own = configJsonSchema({ ...distribution, extensions: distribution.factories ?? [] });
  expect(good.length).toBeGreaterThan(5);
  expect(good.filter((text) => !accepts(own, parse(text)))).toEqual([]);
});

test.each([
  [
    whole("{traces: {receivers: [otlp], exporters: [otlp]}, ' traces': {receivers: [otlp], exporters: [otlp]}}"),
    "'service.pipelines' duplicate name \"traces\"",
  ],
  [
    `${whole("{traces: {receivers: [otlp], exporters: [otlp]}}").slice(0, -1)}, telemetry: {level: 7}}`,
    "'service.telemetry.level' expected type 'string', got unconvertible type 'int'",
  ],
])("%s is refused: %s", (text, message) => {
  expect(() => resolveCollector(confOf(text), factories)).toThrow(message);
});
