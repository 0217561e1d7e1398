import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PipelineId } from "../../dist/core/pipeline-id.js";
import { Pipelines } from "../../dist/pipeline/pipelines.js";
import {
  bareHost,
  type ComponentScript,
  collectorOf,
  type Lists,
  optionsOf,
  type ScriptedComponent,
} from "../support/pipelines.ts";

type Shape = Record<string, Lists>;
type Scripts = Readonly<Record<string, ComponentScript>>;

const TIMEOUT = 30_000;
const SIGNALS = ["traces", "metrics", "logs"] as const;

/**
 * Pipelines of which each may be connected to those behind it, so that there is no cycle. Processors are named for
 * their pipeline: then each name of a component stands for one instance.
 */
const shapes: fc.Arbitrary<Shape> = fc
  .array(
    fc.record({
      signal: fc.constantFrom(...SIGNALS),
      receivers: fc.uniqueArray(fc.constantFrom("rx/1", "rx/2", "rx/3"), { minLength: 1 }),
      processors: fc.nat(2),
      exporters: fc.uniqueArray(fc.constantFrom("ex/1", "ex/2", "ex/3"), { minLength: 1 }),
      to: fc.uniqueArray(fc.nat(4), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((drawn) => {
    const lists = drawn.map(({ receivers, processors, exporters }, index) => ({
      receivers: [...receivers] as string[],
      processors: Array.from({ length: processors }, (_, nth) => `p/${index}_${nth}`),
      exporters: [...exporters] as string[],
    }));
    for (const [index, { to }] of drawn.entries()) {
      for (const step of to) {
        const target = index + 1 + step;
        if (target >= drawn.length) continue;
        lists[index]!.exporters.push(`c/${index}_${target}`);
        lists[target]!.receivers.push(`c/${index}_${target}`);
      }
    }
    return Object.fromEntries(drawn.map(({ signal }, index) => [`${signal}/${index}`, lists[index]!]));
  });

/** Every pair of components of which the first one sends to the second. */
function edgesOf(shape: Shape): [from: string, to: string][] {
  const entries = Object.entries(shape);
  const signalOf = (pipeline: string): string => PipelineId.parse(pipeline).signal;
  const connectorName = (id: string): string => {
    const [from, to] = ["exporters", "receivers"].map((side) =>
      signalOf(entries.find(([, lists]) => lists[side as "receivers"].includes(id))![0]),
    );
    return `connector:${id}:${from}>${to}`;
  };
  return entries.flatMap(([pipeline, { receivers, processors = [], exporters }]) => {
    const name = (kind: string) => (id: string) =>
      id.startsWith("c/") ? connectorName(id) : `${kind}:${id}:${signalOf(pipeline)}`;
    const chain = [
      receivers.map(name("receiver")),
      ...processors.map((id) => [name("processor")(id)]),
      exporters.map(name("exporter")),
    ];
    return chain
      .slice(1)
      .flatMap((to, index) => chain[index]!.flatMap((from) => to.map((each): [string, string] => [from, each])));
  });
}

const of = (events: readonly string[], step: string): string[] =>
  events.filter((event) => event.startsWith(`${step}:`)).map((event) => event.slice(step.length + 1));

async function build(shape: Shape, scripts: Scripts = {}) {
  const events: string[] = [];
  return { events, pipelines: await Pipelines.build(collectorOf(shape, events, scripts), optionsOf()) };
}

/** The names of all components, in the order of their creation and in that of their start. */
async function ordersOf(shape: Shape): Promise<{ created: string[]; started: string[] }> {
  const { events, pipelines } = await build(shape);
  const started = ([...pipelines.components.values()] as ScriptedComponent[]).map(({ name }) => name);
  return { created: of(events, "create"), started };
}

const idOf = (name: string): string => name.split(":")[1]!;

describe("acyclic pipelines", () => {
  test("are created and started against the stream, receivers last, and stopped the other way", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { events, pipelines } = await build(shape);
        await pipelines.start(bareHost, { timeout: TIMEOUT });
        expect(await pipelines.shutdown({ timeout: TIMEOUT })).toEqual([]);
        const edges = edgesOf(shape);
        const started = of(events, "start");
        expect(new Set(started)).toEqual(new Set(edges.flat()));
        expect(new Set(started).size).toBe(started.length);
        const created = of(events, "create");
        expect(created.toSorted()).toEqual(started.toSorted());
        for (const order of [created, started]) {
          for (const [from, to] of edges) expect(order.indexOf(to)).toBeLessThan(order.indexOf(from));
          const firstReceiver = order.findIndex((name) => name.startsWith("receiver"));
          expect(order.slice(firstReceiver).every((name) => name.startsWith("receiver"))).toBe(true);
        }
        expect(of(events, "stop")).toEqual(created.toReversed());
      }),
    );
  });

  test("pass what a receiver sends to everything behind it, as often as ways lead there", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), async (shape, choice) => {
        const { events, pipelines } = await build(shape);
        const edges = edgesOf(shape);
        const senders = ([...pipelines.components.values()] as ScriptedComponent[]).filter(({ next }) => next);
        const sender = senders[choice % senders.length]!;
        const ways = (name: string): string[] =>
          edges.filter(([from]) => from === name).flatMap(([, to]) => [to, ...ways(to)]);
        events.length = 0;
        await sender.next!.consume({}, {});
        expect(of(events, "consume").sort()).toEqual(ways(sender.name).sort());
      }),
    );
  });
});

describe("whatever fails", () => {
  test("at create: nothing that comes later is created, and nothing is started", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), async (shape, choice) => {
        const { created: order } = await ordersOf(shape);
        const victim = idOf(order[choice % order.length]!);
        const events: string[] = [];
        const config = collectorOf(shape, events, { [victim]: { fail_create: "boom" } });
        const failure = Pipelines.build(config, optionsOf());
        await expect(failure).rejects.toMatchObject({ componentId: victim, message: expect.stringMatching(/boom$/) });
        const first = order.findIndex((name) => idOf(name) === victim);
        expect(events).toEqual(order.slice(0, first + 1).map((name) => `create:${name}`));
      }),
    );
  });

  test("at start: nothing that comes later is started, and everything is shut down", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), async (shape, choice) => {
        const { created, started: order } = await ordersOf(shape);
        const victim = idOf(order[choice % order.length]!);
        const { events, pipelines } = await build(shape, { [victim]: { fail_start: "boom" } });
        const failure = pipelines.start(bareHost, { timeout: TIMEOUT });
        await expect(failure).rejects.toMatchObject({ componentId: victim, message: expect.stringMatching(/: boom$/) });
        expect(await pipelines.shutdown({ timeout: TIMEOUT })).toEqual([]);
        const first = order.findIndex((name) => idOf(name) === victim);
        expect(of(events, "start")).toEqual(order.slice(0, first + 1));
        expect(of(events, "stop")).toEqual(created.toReversed());
      }),
    );
  });

  test("at shutdown: everything else is shut down, and each failure is told once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), async (shape, choices) => {
        const { created: order } = await ordersOf(shape);
        const victims = new Set(choices.map((choice) => idOf(order[choice % order.length]!)));
        const scripts = Object.fromEntries([...victims].map((id) => [id, { fail_shutdown: `boom ${id}` }]));
        const { events, pipelines } = await build(shape, scripts);
        await pipelines.start(bareHost, { timeout: TIMEOUT });
        const errors = (await pipelines.shutdown({ timeout: TIMEOUT })) as Error[];
        const expected = order.toReversed().map(idOf);
        expect(errors.map(({ message }) => message)).toEqual(
          expected.filter((id) => victims.has(id)).map((id) => `boom ${id}`),
        );
        expect(of(events, "stop")).toEqual(order.toReversed());
      }),
    );
  });
});
