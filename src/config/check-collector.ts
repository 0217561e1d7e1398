/** What the parts of a decoded file must say of each other, with the Collector's rules, order and texts. */
import { isChecked } from "../component/config.ts";
import type { ComponentFactory } from "../component/factory.ts";
import { profilesSupport } from "../core/feature-gates.ts";
import { quote } from "../core/quote.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Decoder, KeyPath } from "./decoder.ts";
import type { CollectorConfig, Configured, PipelineConfig } from "./service-config.ts";

/** Complains of everything that is wrong: first of the whole, as upstream of one thing only, then of each part.
 * @param mayLackPipelines extensions alone are enough */
export function checkCollector(decoder: Decoder, config: CollectorConfig, mayLackPipelines: boolean): void {
  checkWhole(decoder, config, mayLackPipelines);
  for (const [section, { id, config: own }] of componentsOf(config)) {
    if (!isChecked(own)) continue;
    const path = [section, id.toString()];
    for (const mistake of own.validate()) {
      const at = [...path, ...mistake.path];
      decoder.complain(at, `${at.join("::")}: ${mistake.text}`);
    }
  }
  const { telemetry, pipelines } = config.service;
  if (isChecked(telemetry)) {
    for (const { path, text } of telemetry.validate()) {
      const at = ["service", "telemetry", ...path];
      decoder.complain(at, `${at.join("::")}: ${text}`);
    }
  }
  checkPipelines(decoder, pipelines, mayLackPipelines);
}

/** Every component of a configuration, with its section; in the order in which they are checked. */
function componentsOf(config: CollectorConfig): [section: string, component: Configured<ComponentFactory>][] {
  const { receivers, exporters, processors, connectors, extensions } = config;
  const sections = Object.entries({ receivers, exporters, processors, connectors, extensions });
  return sections.flatMap(([section, map]) =>
    [...(map?.values() ?? [])].map((component): [string, Configured<ComponentFactory>] => [section, component]),
  );
}

function checkWhole(decoder: Decoder, config: CollectorConfig, mayLackPipelines: boolean): void {
  const { receivers, exporters, extensions } = config;
  if (componentsOf(config).length === 0) decoder.complain([], "empty configuration file");
  else if (!mayLackPipelines && !receivers?.size) {
    decoder.complain(["receivers"], "no receiver configuration specified in config");
  } else if (!mayLackPipelines && !exporters?.size) {
    decoder.complain(["exporters"], "no exporter configuration specified in config");
  } else if (!ambiguous(decoder, config)) {
    const listed = config.service.extensions ?? [];
    const missing = listed.findIndex((id) => !extensions?.has(id.toString()));
    if (missing >= 0) {
      const id = listed[missing]!.toString();
      const text = `service::extensions: references extension ${quote(id)} which is not configured`;
      decoder.complain(["service", "extensions", missing], text, didYouMean(id, extensions?.keys() ?? []));
      return;
    }
    for (const pipeline of config.service.pipelines?.values() ?? []) {
      if (missingReference(decoder, config, pipeline)) return;
    }
  }
}

function ambiguous(decoder: Decoder, { connectors, exporters, receivers }: CollectorConfig): boolean {
  for (const id of connectors?.keys() ?? []) {
    const kind = exporters?.has(id) ? "exporter" : receivers?.has(id) ? "receiver" : undefined;
    if (kind === undefined) continue;
    const remedy = `Change one of the components' IDs to eliminate ambiguity (e.g. rename ${quote(id)} connector to ${quote(`${id}/connector`)})`;
    const found = `ambiguous ID: Found both ${quote(id)} ${kind} and ${quote(id)} connector.`;
    decoder.complain(["connectors", id], `connectors::${id}: ${found} ${remedy}`);
    return true;
  }
  return false;
}

function missingReference(decoder: Decoder, config: CollectorConfig, pipeline: PipelineConfig): boolean {
  for (const list of ["receivers", "processors", "exporters"] as const) {
    // A connector ends one pipeline and begins another; nothing is processed by it.
    const known = [config[list], list === "processors" ? undefined : config.connectors];
    const path: KeyPath = ["service", "pipelines", pipeline.id.toString(), list];
    for (const [index, id] of (pipeline[list] ?? []).entries()) {
      if (known.some((components) => components?.has(id.toString()))) continue;
      const what = `references ${list.slice(0, -1)} ${quote(id.toString())} which is not configured`;
      const hint = didYouMean(
        id.toString(),
        known.flatMap((components) => [...(components?.keys() ?? [])]),
      );
      decoder.complain([...path, index], `service::pipelines::${pipeline.id}: ${what}`, hint);
      return true;
    }
  }
  return false;
}

function checkPipelines(
  decoder: Decoder,
  pipelines: CollectorConfig["service"]["pipelines"],
  mayLackPipelines: boolean,
): void {
  const section = ["service", "pipelines"];
  if (!pipelines?.size) {
    if (mayLackPipelines) return;
    decoder.complain(section, "service::pipelines: service must have at least one pipeline");
    return;
  }
  const profiles = [...pipelines.values()].find(({ id }) => id.signal === "profiles");
  if (profiles !== undefined && !profilesSupport.isEnabled) {
    const gate = `profiling signal support is at alpha level, gated under the ${quote(profilesSupport.id)} feature gate`;
    const text = `service::pipelines: pipeline ${quote(profiles.id.toString())}: ${gate}`;
    decoder.complain([...section, profiles.id.toString()], text);
  }
  for (const pipeline of pipelines.values()) {
    const id = pipeline.id.toString();
    const mistake = mistakeIn(pipeline);
    if (mistake !== undefined) decoder.complain([...section, id], `service::pipelines::${id}: ${mistake}`);
  }
}

function mistakeIn({ receivers, processors = [], exporters }: PipelineConfig): string | undefined {
  if (!receivers?.length) return "must have at least one receiver";
  if (!exporters?.length) return "must have at least one exporter";
  const seen = new Set<string>();
  const twice = processors.map(String).find((name) => seen.size === seen.add(name).size);
  return twice === undefined ? undefined : `references processor ${quote(twice)} multiple times`;
}
