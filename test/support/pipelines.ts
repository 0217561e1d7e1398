import type { Consumer, TelemetryData } from "../../dist/component/consumer.js";
import type { Host } from "../../dist/component/host.js";
import type { PipelineComponent } from "../../dist/component/pipeline-component.js";
import type { PipelineSettings } from "../../dist/component/pipeline-factory.js";
import { mayMove, type Status } from "../../dist/component/status.js";
import type { CollectorConfig } from "../../dist/config/service-config.js";
import type { Context } from "../../dist/core/context.js";
import { ComponentId } from "../../dist/core/id.js";
import type { InstanceId } from "../../dist/core/instance-id.js";
import { PipelineId } from "../../dist/core/pipeline-id.js";
import type { InstanceReporter, PipelinesOptions } from "../../dist/pipeline/settings.js";
import { recordingLogger } from "./recording-logger.ts";

/** What one component of the tests does. */
export interface ComponentScript {
  fail_create?: string;
  nil_create?: boolean;
  fail_start?: string;
  fail_shutdown?: string;
  fail_consume?: string;
  mutates?: boolean;
  /** The start (or the shutdown) never ends, whatever its context says. */
  hang_start?: boolean;
  hang_shutdown?: boolean;
  report?: Status;
  /** What it supports; everything unless given. */
  stability?: Record<string, "Stable" | "Undefined">;
  onStart?: () => void;
}

/** A pipeline's lists. Ids that begin with `c` are connectors. */
export interface Lists {
  readonly receivers: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters: readonly string[];
}

type Scripts = Readonly<Record<string, ComponentScript>>;

const SIGNALS = ["traces", "metrics", "logs", "profiles"];
const EVERYTHING = Object.fromEntries(
  [...SIGNALS, ...SIGNALS.flatMap((from) => SIGNALS.map((to) => `${from}-to-${to}`))].map((key) => [key, "Stable"]),
);

/** Does what its script says, and tells `events` with the name `<kind>:<id>:<signal>`. */
export class ScriptedComponent implements PipelineComponent, Consumer {
  readonly name: string;
  readonly mutatesData: boolean;
  readonly received: TelemetryData[] = [];
  readonly next: Consumer | undefined;
  readonly settings: PipelineSettings;
  readonly #script: ComponentScript;
  readonly #events: string[];

  constructor(name: string, settings: PipelineSettings, script: ComponentScript, events: string[], next?: Consumer) {
    this.name = name;
    this.settings = settings;
    this.mutatesData = script.mutates ?? false;
    this.#script = script;
    this.#events = events;
    this.next = next;
    events.push(`create:${name}`);
    if (script.fail_create) throw new Error(script.fail_create);
  }

  async start(_context: Context, _host: Host): Promise<void> {
    this.#events.push(`start:${this.name}`);
    this.#script.onStart?.();
    if (this.#script.report) this.settings.reportStatus(this.#script.report);
    if (this.#script.hang_start) await new Promise(() => undefined);
    if (this.#script.fail_start) throw new Error(this.#script.fail_start);
  }

  async shutdown(): Promise<void> {
    this.#events.push(`stop:${this.name}`);
    if (this.#script.hang_shutdown) await new Promise(() => undefined);
    if (this.#script.fail_shutdown) throw new Error(this.#script.fail_shutdown);
  }

  async consume(context: Context, data: TelemetryData): Promise<void> {
    this.#events.push(`consume:${this.name}`);
    this.received.push(data);
    if (this.#script.fail_consume) throw new Error(this.#script.fail_consume);
    await this.next?.consume(context, data);
  }
}

/** A decoded configuration whose components do what their scripts say, by id. */
export function collectorOf(
  pipelines: Readonly<Record<string, Lists>>,
  events: string[] = [],
  scripts: Scripts = {},
): CollectorConfig {
  const section = (ids: readonly string[], kind: string) =>
    new Map([...new Set(ids)].map((text) => [text, configured(text, kind, scripts[text] ?? {}, events)]));
  const lists = Object.values(pipelines);
  const isConnector = (id: string): boolean => id.startsWith("c");
  const ends = lists.flatMap(({ receivers, exporters }) => [...receivers, ...exporters]);
  const components = {
    receivers: section(
      lists.flatMap(({ receivers }) => receivers.filter((id) => !isConnector(id))),
      "receiver",
    ),
    processors: section(
      lists.flatMap(({ processors = [] }) => processors),
      "processor",
    ),
    exporters: section(
      lists.flatMap(({ exporters }) => exporters.filter((id) => !isConnector(id))),
      "exporter",
    ),
    connectors: section(ends.filter(isConnector), "connector"),
  };
  const entries = Object.entries(pipelines).map(([text, { receivers, processors = [], exporters }]) => {
    const parse = (ids: readonly string[]) => ids.map((id) => ComponentId.parse(id));
    const id = PipelineId.parse(text);
    return [
      text,
      { id, receivers: parse(receivers), processors: parse(processors), exporters: parse(exporters) },
    ] as const;
  });
  const service = { telemetry: {}, extensions: [], pipelines: new Map(entries) };
  return { ...components, extensions: undefined, service } as unknown as CollectorConfig;
}

function configured(text: string, kind: string, script: ComponentScript, events: string[]) {
  const id = ComponentId.parse(text);
  const make = (settings: PipelineSettings, signal: string, next?: Consumer) =>
    script.nil_create ? undefined : new ScriptedComponent(`${kind}:${id}:${signal}`, settings, script, events, next);
  const create =
    kind === "connector"
      ? (settings: PipelineSettings, _: unknown, from: string, to: string, next: Consumer) =>
          make(settings, `${from}>${to}`, next)
      : (settings: PipelineSettings, _: unknown, signal: string, next?: Consumer) => make(settings, signal, next);
  const stability = script.stability ?? EVERYTHING;
  return { id, factory: { type: id.type, stability, createDefaultConfig: () => ({}), create }, config: {} };
}

/** Keeps statuses as a service does, and tells `events` of each move. */
export function recordingReporter(events: string[]): InstanceReporter {
  const statuses = new Map<string, Status>();
  const reporter = {
    tryReport(instance: InstanceId, status: Status, error?: Error): void {
      const key = instance.toString();
      if (!mayMove(statuses.get(key) ?? "None", status)) return;
      statuses.set(key, status);
      const name = `${instance.kind.toLowerCase()}:${instance.id}@${instance.pipelines.join(",")}`;
      events.push(`status:${name}:${status}${error === undefined ? "" : `:${error.message}`}`);
    },
    okIfStarting(instance: InstanceId): void {
      if (statuses.get(instance.toString()) === "Starting") reporter.tryReport(instance, "OK");
    },
  };
  return reporter;
}

/** What pipelines of the tests are built with. */
export function optionsOf(statuses: string[] = []): PipelinesOptions & { logger: ReturnType<typeof recordingLogger> } {
  const buildInfo = { command: "test", description: "", version: "1.0.0" };
  return { logger: recordingLogger(), buildInfo, reporter: recordingReporter(statuses) };
}

/** A host without extensions. */
export const bareHost: Host = {
  info: { buildVersion: "", buildCommand: "", buildTimestamp: "", extensions: [] },
  getExtensions: () => new Map(),
};
