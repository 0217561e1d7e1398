/** A decoded file written back as values: every default filled in, and secrets covered unless they are asked for. */
import { isCompletable, isPrintable } from "../component/config.ts";
import { Duration } from "../component/duration.ts";
import { Float } from "../component/float.ts";
import { Opaque } from "../component/opaque.ts";
import { Optional } from "../component/optional.ts";
import { Conf } from "../confmap/conf.ts";
import type { CollectorConfig, PipelineConfig } from "./service-config.ts";

/** A map, a list, or a single value. Fields of a map may be {@link NIL_MAP} or {@link NIL_LIST}. */
export type Printed = unknown;

/** What nobody wrote: empty in YAML, and null in JSON. */
export const NIL_MAP = Symbol("a map that is absent");
export const NIL_LIST = Symbol("a list that is absent");

/** @param redact covers secrets
 * @param withPipelines also writes the sections of pipelines, which not every distribution takes */
export function printCollector(
  config: CollectorConfig,
  redact: boolean,
  withPipelines: boolean,
): Record<string, Printed> {
  const section = (components: ReadonlyMap<string, { readonly config: unknown }> | undefined): Printed => {
    if (components === undefined) return NIL_MAP;
    return Object.fromEntries([...components].map(([id, { config: own }]) => [id, printConfig(own, redact)]));
  };
  const { telemetry, extensions, pipelines } = config.service;
  const service = {
    telemetry: printConfig(telemetry, redact),
    // Left out where there is no list; an empty one is shown, as upstream.
    ...(extensions === undefined ? {} : { extensions: extensions.map(String) }),
  };
  if (!withPipelines) return { extensions: section(config.extensions), service };
  return {
    receivers: section(config.receivers),
    processors: section(config.processors),
    exporters: section(config.exporters),
    connectors: section(config.connectors),
    extensions: section(config.extensions),
    service: {
      ...service,
      pipelines: pipelines === undefined ? NIL_MAP : Object.fromEntries([...pipelines].map(printPipeline)),
    },
  };
}

function printPipeline([id, { receivers, processors, exporters }]: [string, PipelineConfig]): [string, Printed] {
  const list = (ids: PipelineConfig["receivers"]): Printed => ids?.map(String) ?? NIL_LIST;
  return [id, { receivers: list(receivers), processors: list(processors), exporters: list(exporters) }];
}

/** One component's configuration. */
export function printConfig(config: unknown, redact: boolean): Printed {
  if (isCompletable(config)) return print(config.complete(), redact);
  if (!isPrintable(config)) return print(config ?? {}, redact);
  let values: Record<string, unknown> = {};
  config.marshal({
    merge: (more) => {
      values = { ...values, ...more };
    },
  });
  return print(values, redact);
}

function print(value: unknown, redact: boolean): Printed {
  if (value instanceof Opaque) return redact ? value.toString() : value.reveal();
  if (value instanceof Optional) return value.hasValue ? print(value.get(), redact) : undefined;
  if (value instanceof Duration || value instanceof Float) return value;
  if (value instanceof Conf) return print(value.toStringMap(), redact);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => print(item, redact));
  if (typeof value !== "object" || value === null) return value;
  const printed = Object.entries(value).map(([key, field]) => [key, print(field, redact)] as const);
  return Object.fromEntries(printed.filter(([, field]) => field !== undefined));
}
