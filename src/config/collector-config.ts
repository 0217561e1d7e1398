/** The whole file, from the resolved configuration to what each component takes. */
import type { ExtensionFactory } from "../component/extension.ts";
import type { ComponentFactory } from "../component/factory.ts";
import { PIPELINE_SECTIONS, type PipelineFactories } from "../component/pipeline-factory.ts";
import { type Conf, kindOf } from "../confmap/conf.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import { messageOf } from "../core/errors.ts";
import { allowNoPipelines } from "../core/feature-gates.ts";
import { PipelineId } from "../core/pipeline-id.ts";
import { quote } from "../core/quote.ts";
import { checkCollector } from "./check-collector.ts";
import { decodeComponents } from "./components-section.ts";
import { Decoder, fieldName, type KeyPath } from "./decoder.ts";
import { findMistakes, layOver, withTexts } from "./over-defaults.ts";
import type { CollectorConfig, PipelineConfig } from "./service-config.ts";
import { decodeIds, decodeLogs } from "./service-section.ts";
import { isObject } from "./shapes.ts";

/** What may stand in a file. */
export interface CollectorFactories extends PipelineFactories {
  readonly extensions: readonly ExtensionFactory[];
  /** The default of `service::telemetry`; ferrule's own, which knows `logs::level`, unless given. */
  readonly telemetry?: unknown;
}

const TELEMETRY = ["service", "telemetry"];
const SERVICE = ["telemetry", "extensions", "pipelines"];
const LISTS = ["receivers", "processors", "exporters"] as const;

/** Decodes everything, and then checks it. What is not checked may be printed, and not run.
 * @throws {InvalidConfigError} with every mistake of the stage at which it failed */
export function resolveCollector(conf: Conf, factories: CollectorFactories, validate = true): CollectorConfig {
  const decoder = new Decoder(conf);
  const components = <Factory extends ComponentFactory>(section: string, of: readonly Factory[] = []) =>
    !isAbsent(conf, [section]) ? decodeComponents(decoder, section, of) : undefined;
  // In the Collector's order: of several mistakes, this is the order in which they are told.
  const receivers = components("receivers", factories.receivers);
  const processors = components("processors", factories.processors);
  const exporters = components("exporters", factories.exporters);
  const connectors = components("connectors", factories.connectors);
  const extensions = components<ExtensionFactory>("extensions", factories.extensions);
  const service = decodeService(decoder, factories.telemetry);
  decoder.refuseUnknown([], [...PIPELINE_SECTIONS, "extensions", "service"]);
  if (decoder.problems.length > 0) throw new InvalidConfigError("decode", decoder.problems);
  const config = { receivers, processors, exporters, connectors, extensions, service };
  const hasPipelines = PIPELINE_SECTIONS.some((section) => factories[section] !== undefined);
  if (validate) checkCollector(decoder, config, allowNoPipelines.isEnabled || !hasPipelines);
  if (decoder.problems.length > 0) throw new InvalidConfigError("validate", decoder.problems);
  return config;
}

function decodeService(decoder: Decoder, telemetry: unknown): CollectorConfig["service"] {
  const { conf } = decoder;
  const decoded = {
    telemetry: telemetry === undefined ? decodeLogs(decoder) : decodeTelemetry(decoder, telemetry),
    extensions: listAt(decoder, ["service", "extensions"]),
    pipelines: decodePipelines(decoder),
  };
  if (!isAbsent(conf, ["service"])) decoder.refuseUnknown(["service"], SERVICE);
  return decoded;
}

function decodeTelemetry(decoder: Decoder, defaults: unknown): unknown {
  const section = decoder.section(TELEMETRY);
  const values: Record<string, unknown> = { ...withTexts(section, defaults, section.toStringMap()) };
  for (const [key, value] of Object.entries(values)) {
    const isText = isObject(defaults) && typeof defaults[key] === "string";
    if (!isText || typeof value === "string") continue;
    if (value === null) {
      values[key] = "";
      continue;
    }
    const at = [...TELEMETRY, key];
    decoder.complain(at, `${fieldName(at)} expected type 'string', got unconvertible type '${kindOf(value)}'`);
  }
  const { texts, spots } = findMistakes(
    decoder,
    [],
    { service: { telemetry: defaults } },
    { service: { telemetry: values } },
  );
  if (texts.length === 0) return layOver(defaults, values);
  decoder.problems.push({ text: texts.join("\n"), spots });
  return defaults;
}

function decodePipelines(decoder: Decoder): ReadonlyMap<string, PipelineConfig> | undefined {
  const path = ["service", "pipelines"];
  // Asked for first: a section of the wrong shape is complained of there.
  const section = decoder.section(["service"]).isSet("pipelines") ? decoder.section(path) : undefined;
  if (section === undefined || isAbsent(decoder.conf, path)) return undefined;
  const pipelines = new Map<string, PipelineConfig>();
  for (const key of section.keys()) {
    const id = parseId(decoder, key);
    const at = [...path, key];
    const value = decoder.conf.get(at);
    if (value !== null && kindOf(value) !== "map") {
      decoder.complain(at, `${nameOf(at)} expected a map or struct, got "${kindOf(value)}"`);
      continue;
    }
    const keys = value === null ? [] : Object.keys(value as object);
    const unknown = keys.filter((each) => !LISTS.some((list) => list === each)).sort();
    const [receivers, processors, exporters] = LISTS.map((list) => listAt(decoder, [...at, list]));
    if (unknown.length > 0) {
      const spots = unknown.map((each) => decoder.spot([...at, each]));
      decoder.problems.push({ text: `${nameOf(at)} has invalid keys: ${unknown.join(", ")}`, spots });
    }
    if (id !== undefined && pipelines.has(id.toString())) {
      decoder.complain(at, `'service.pipelines' duplicate name ${quote(id.toString())}`);
    } else if (id !== undefined) pipelines.set(id.toString(), { id, receivers, processors, exporters });
  }
  return pipelines;
}

function parseId(decoder: Decoder, key: string): PipelineId | undefined {
  try {
    return PipelineId.parse(key);
  } catch (error) {
    decoder.complain(["service", "pipelines", key], `'service.pipelines' ${messageOf(error)}`);
    return undefined;
  }
}

function listAt(decoder: Decoder, path: KeyPath) {
  return isAbsent(decoder.conf, path) ? undefined : decodeIds(decoder, path, nameOf);
}

/** As the Collector's decoder names it: `'service.pipelines[traces].receivers[0]'`. */
function nameOf(path: KeyPath): string {
  const parts = path.map((key, index) => {
    if (typeof key === "number" || (index === 2 && path[1] === "pipelines")) return `[${key}]`;
    return index === 0 ? key : `.${key}`;
  });
  return `'${parts.join("")}'`;
}

function isAbsent(conf: Conf, path: KeyPath): boolean {
  const value = conf.get(path);
  return value === undefined || value === null;
}
