import { describe, expect, test } from "vitest";
import type { Router } from "../../dist/component/consumer.js";
import { Pipelines } from "../../dist/pipeline/pipelines.js";
import { validatePipelines } from "../../dist/pipeline/validate.js";
import { type ComponentScript, collectorOf, type Lists, optionsOf, ScriptedComponent } from "../support/pipelines.ts";

type Shape = Readonly<Record<string, Lists>>;
type Scripts = Readonly<Record<string, ComponentScript>>;

async function build(shape: Shape, scripts: Scripts = {}) {
  const events: string[] = [];
  const options = optionsOf();
  const pipelines = await Pipelines.build(collectorOf(shape, events, scripts), options);
  const created = events.map((event) => event.replace("create:", ""));
  const component = (name: string): ScriptedComponent =>
    [...pipelines.components.values()].find(
      (each): each is ScriptedComponent => each instanceof ScriptedComponent && each.name === name,
    )!;
  return { pipelines, created, component, events, logger: options.logger };
}

const refusal = async (shape: Shape, scripts: Scripts = {}): Promise<string> => {
  const error = await build(shape, scripts).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return (error as Error | undefined)?.message ?? "built";
};

describe("instances", () => {
  test("a pipeline is created from its end to its beginning", async () => {
    const { created } = await build({ traces: { receivers: ["rx"], processors: ["p", "q"], exporters: ["ex"] } });
    expect(created).toEqual(["exporter:ex:traces", "processor:q:traces", "processor:p:traces", "receiver:rx:traces"]);
  });

  test("pipelines of one signal share receivers and exporters, and have processors of their own", async () => {
    const lists = { receivers: ["rx"], processors: ["p"], exporters: ["ex"] };
    const { created, pipelines } = await build({ "traces/b": lists, "traces/a": lists, logs: lists });
    expect(created).toEqual([
      "exporter:ex:traces",
      "processor:p:traces",
      "processor:p:traces",
      "exporter:ex:logs",
      "processor:p:logs",
      "receiver:rx:traces",
      "receiver:rx:logs",
    ]);
    expect([...pipelines.components.keys()].map(String)).toEqual([
      "Exporter ex traces/a traces/b",
      "Processor p traces/a",
      "Processor p traces/b",
      "Exporter ex logs",
      "Processor p logs",
      "Receiver rx logs",
      "Receiver rx traces/a traces/b",
    ]);
  });

  test("a connector has one for each pair of signals, with the pipelines of both sides", async () => {
    const { pipelines } = await build({
      "traces/1": { receivers: ["rx"], exporters: ["c"] },
      "traces/2": { receivers: ["rx"], exporters: ["c"] },
      "logs/1": { receivers: ["c"], exporters: ["ex"] },
      metrics: { receivers: ["c"], exporters: ["ex"] },
    });
    const connectors = [...pipelines.components.keys()].filter(({ kind }) => kind === "Connector");
    expect(connectors.map(String).sort()).toEqual([
      "Connector c logs/1 traces/1 traces/2",
      "Connector c metrics traces/1 traces/2",
    ]);
  });

  test("what is listed twice is one", async () => {
    const { created } = await build({ logs: { receivers: ["rx", "rx"], exporters: ["ex", "ex"] } });
    expect(created).toEqual(["exporter:ex:logs", "receiver:rx:logs"]);
  });

  test("its settings name the instance in the log, and in what it reports", async () => {
    const { component, logger } = await build({
      "traces/1": { receivers: ["rx"], processors: ["p"], exporters: ["c"] },
      logs: { receivers: ["c"], exporters: ["ex"] },
    });
    logger.lines.length = 0;
    for (const name of ["processor:p:traces", "connector:c:traces>logs", "exporter:ex:logs"]) {
      component(name).settings.logger.info({ n: 1 }, "hello");
    }
    expect(logger.lines.map(({ fields }) => fields)).toEqual([
      { component: "p", kind: "processor", signal: "traces", pipeline: "traces/1", n: 1 },
      { component: "c", kind: "connector", signal: "traces", output_signal: "logs", n: 1 },
      { component: "ex", kind: "exporter", signal: "logs", n: 1 },
    ]);
  });
});

describe("data", () => {
  test("a connector may choose among the pipelines behind it", async () => {
    const { component, events } = await build({
      traces: { receivers: ["rx"], exporters: ["c"] },
      "logs/1": { receivers: ["c"], exporters: ["e1"] },
      "logs/2": { receivers: ["c"], exporters: ["e2"] },
    });
    const router = component("connector:c:traces>logs").next as Router;
    expect(router.pipelineIds.map(String)).toEqual(["logs/1", "logs/2"]);
    events.length = 0;
    await router.consumer(router.pipelineIds[1]!).consume({}, {});
    expect(events).toEqual(["consume:exporter:e2:logs"]);
  });

  const shared = (scripts: Scripts) =>
    build(
      {
        "traces/1": { receivers: ["rx"], processors: ["p"], exporters: ["e1"] },
        "traces/2": { receivers: ["rx"], exporters: ["e2"] },
      },
      scripts,
    );

  test("pipelines in which nothing is changed share what their receiver sends", async () => {
    const { component } = await shared({});
    const data = { n: 1 };
    await component("receiver:rx:traces").next!.consume({}, data);
    expect(component("exporter:e1:traces").received[0]).toBe(data);
    expect(component("exporter:e2:traces").received[0]).toBe(data);
  });

  test.each(["p", "e1"])("a pipeline in which %s changes data gets a copy", async (changing) => {
    const { component } = await shared({ [changing]: { mutates: true } });
    const data = { n: 1 };
    await component("receiver:rx:traces").next!.consume({}, data);
    expect(component("processor:p:traces").received[0]).not.toBe(data);
    expect(component("exporter:e2:traces").received[0]).toBe(data);
  });

  test("a connector that may pass data on gets a copy for who changes it behind it, a converting one does not", async () => {
    const shape = (signal: string): Shape => ({
      traces: { receivers: ["rx"], exporters: ["c", "e1"] },
      [`${signal}/2`]: { receivers: ["c"], exporters: ["e2"] },
    });
    const sent = async (signal: string) => {
      const { component } = await build(shape(signal), { e2: { mutates: true } });
      const data = { n: 1 };
      await component("receiver:rx:traces").next!.consume({}, data);
      return component(`connector:c:traces>${signal}`).received[0] === data;
    };
    expect(await sent("traces")).toBe(false);
    expect(await sent("logs")).toBe(true);
  });

  test("who changes what it shares, and does not say so, is named", async () => {
    const { component } = await shared({});
    const exporter = component("exporter:e2:traces");
    exporter.consume = async (_, data) => {
      (data as { n: number }).n = 2;
    };
    const text = `exporter "e2" changed data that it shares, and does not say mutatesData: `;
    const error = { componentId: "e2", message: expect.stringContaining(text) };
    await expect(component("receiver:rx:traces").next!.consume({}, { n: 1 })).rejects.toMatchObject(error);
  });
});

describe("refusals", () => {
  test("a connector that ends pipelines and begins none, or the other way", async () => {
    const ends = { receivers: ["rx"], exporters: ["c"] };
    const begins = { receivers: ["c"], exporters: ["ex"] };
    expect(await refusal({ "traces/a": ends, logs: ends, "traces/b": ends })).toBe(
      'connector "c" used as exporter in [traces/a traces/b] pipeline but not used in any supported receiver pipeline',
    );
    expect(await refusal({ "logs/a": begins, "logs/b": begins })).toBe(
      'connector "c" used as receiver in [logs/a logs/b] pipeline but not used in any supported exporter pipeline',
    );
  });

  test("one that cannot connect the signals that it stands between", async () => {
    const ends = { receivers: ["rx"], exporters: ["c"] };
    const begins = { receivers: ["c"], exporters: ["ex"] };
    const shape = { traces: ends, metrics: ends, logs: begins };
    const stability = { "traces-to-logs": "Stable", "metrics-to-logs": "Undefined" } as const;
    expect(await refusal(shape, { c: { stability } })).toBe(
      'connector "c" used as exporter in [metrics] pipeline but not used in any supported receiver pipeline',
    );
    expect(await refusal({ traces: ends, logs: begins, metrics: begins }, { c: { stability } })).toBe(
      'connector "c" used as receiver in [metrics] pipeline but not used in any supported exporter pipeline',
    );
  });

  test("pairs that it cannot connect are left out where each has another", async () => {
    const ends = { receivers: ["rx"], exporters: ["c"] };
    const begins = { receivers: ["c"], exporters: ["ex"] };
    const stability = { "traces-to-traces": "Stable", "logs-to-logs": "Stable" } as const;
    const shape = { "traces/1": ends, "logs/1": ends, "traces/2": begins, "logs/2": begins };
    const { created } = await build(shape, { c: { stability } });
    expect(created.filter((name) => name.startsWith("connector"))).toEqual([
      "connector:c:traces>traces",
      "connector:c:logs>logs",
    ]);
  });

  test("a signal that a factory does not know", async () => {
    const shape = { logs: { receivers: ["rx"], processors: ["p"], exporters: ["ex"] } };
    const stability = { traces: "Stable" } as const;
    const why = "telemetry type is not supported";
    expect(await refusal(shape, { rx: { stability } })).toBe(
      `failed to create "rx" receiver for data type "logs": ${why}`,
    );
    expect(await refusal(shape, { p: { stability } })).toBe(
      `failed to create "p" processor, in pipeline "logs": ${why}`,
    );
    expect(await refusal(shape, { ex: { stability } })).toBe(
      `failed to create "ex" exporter for data type "logs": ${why}`,
    );
  });

  const whole = {
    "traces/1": { receivers: ["rx"], processors: ["p"], exporters: ["c"] },
    logs: { receivers: ["c"], exporters: ["ex"] },
  };
  const frames = [
    ["rx", 'failed to create "rx" receiver for data type "traces": '],
    ["p", 'failed to create "p" processor, in pipeline "traces/1": '],
    ["ex", 'failed to create "ex" exporter for data type "logs": '],
    ["c", ""],
  ] as const;
  const kinds = { rx: "receiver", p: "processor", ex: "exporter", c: "connector" };

  test.each(frames)("%s cannot be created", async (id, frame) => {
    expect(await refusal(whole, { [id]: { fail_create: "boom" } })).toBe(`${frame}boom`);
  });

  test.each(frames)("the factory of %s makes nothing", async (id, frame) => {
    const text = `${frame}factory for "${id}" produced a nil ${kinds[id]}`;
    expect(await refusal(whole, { [id]: { nil_create: true } })).toBe(text);
  });

  test("what follows a failure is not created, and the error names its component", async () => {
    const events: string[] = [];
    const config = collectorOf(whole, events, { p: { fail_create: "boom" } });
    await expect(Pipelines.build(config, optionsOf())).rejects.toMatchObject({
      name: "PipelineError",
      componentId: "p",
      cause: { message: "boom" },
    });
    expect(events).toEqual(["create:exporter:ex:logs", "create:connector:c:traces>logs", "create:processor:p:traces"]);
  });

  test("ids that are not configured, and factories that create nothing", async () => {
    const config = collectorOf({ logs: { receivers: ["rx"], exporters: ["ex"] } });
    const none = { ...config, exporters: new Map() };
    await expect(Pipelines.build(none, optionsOf())).rejects.toThrow(
      'failed to create "ex" exporter for data type "logs": exporter "ex" is not configured',
    );
    const factory = { ...config.receivers!.get("rx")!.factory, create: undefined as never };
    const receivers = new Map([["rx", { ...config.receivers!.get("rx")!, factory }]]);
    await expect(Pipelines.build({ ...config, receivers }, optionsOf())).rejects.toThrow(
      'failed to create "rx" receiver for data type "logs": receiver factory not available for: "rx"',
    );
  });
});

describe("cycles", () => {
  const told = async (shape: Shape, events: string[] = []): Promise<unknown> =>
    Pipelines.build(collectorOf(shape, events), optionsOf()).catch((error: Error) => error.message);

  test("are told with every processor and connector on them, and nothing is created", async () => {
    const events: string[] = [];
    const shape = {
      "traces/in": { receivers: ["rx"], exporters: ["cx/x"] },
      "traces/a": { receivers: ["cx/x", "cx/y"], processors: ["px/1", "px/2"], exporters: ["cx/z", "ex"] },
      "traces/b": { receivers: ["cx/z"], processors: ["px/1"], exporters: ["cx/y"] },
    };
    const text = [
      'connector "cx/y" (traces to traces)',
      'processor "px/1" in pipeline "traces/a"',
      'processor "px/2" in pipeline "traces/a"',
      'connector "cx/z" (traces to traces)',
      'processor "px/1" in pipeline "traces/b"',
      'connector "cx/y" (traces to traces)',
    ];
    expect(await told(shape, events)).toBe(`cycle detected: ${text.join(" -> ")}`);
    expect(events).toEqual([]);
  });

  // What the Collector says of the same pipelines.
  test.each([
    ["one", "two", "one"],
    ["two", "three", "three"],
    ["left", "right", "left"],
    ["first", "second", "first"],
  ])("between %s and %s are told from where the Collector tells them", async (one, other, first) => {
    const shape = {
      [`traces/${one}`]: { receivers: ["rx", `cx/${other}`], exporters: [`cx/${one}`] },
      [`traces/${other}`]: { receivers: [`cx/${one}`], exporters: [`cx/${other}`] },
    };
    const second = first === one ? other : one;
    const path = [first, second, first].map((name) => `connector "cx/${name}" (traces to traces)`);
    expect(await told(shape)).toBe(`cycle detected: ${path.join(" -> ")}`);
  });
});

describe("validatePipelines", () => {
  test("creates everything and starts nothing, or says why it could not be built", async () => {
    const events: string[] = [];
    const shape = { logs: { receivers: ["rx"], exporters: ["ex"] } };
    const { buildInfo } = optionsOf();
    await validatePipelines(collectorOf(shape, events), buildInfo);
    expect(events).toEqual(["create:exporter:ex:logs", "create:receiver:rx:logs"]);
    await expect(validatePipelines(collectorOf(shape, [], { rx: { fail_create: "boom" } }), buildInfo)).rejects.toThrow(
      'failed to build pipelines: failed to create "rx" receiver for data type "logs": boom',
    );
  });
});
