/** From a decoded configuration to what extensions are shown of it. */
import type { ConfigSnapshot } from "../component/config-snapshot.ts";
import { Duration } from "../component/duration.ts";
import { Float } from "../component/float.ts";
import { REDACTED } from "../component/opaque.ts";
import type { Conf } from "../confmap/conf.ts";
import { NIL_LIST, NIL_MAP, type Printed, printCollector } from "./print-collector.ts";
import type { CollectorConfig } from "./service-config.ts";
import { isMap } from "./shapes.ts";

/** New values at each call: whoever gets them may change them.
 * @param unexpanded the merged sources, before references were expanded */
export function snapshotOf(config: CollectorConfig, unexpanded: Conf): ConfigSnapshot {
  const effective = plain(printCollector(config, true, true)) as Record<string, unknown>;
  return { effective, unexpanded: redactedLike(unexpanded.toStringMap(), effective) as Record<string, unknown> };
}

function plain(value: Printed): unknown {
  if (value === NIL_MAP || value === NIL_LIST || value === undefined) return null;
  if (value instanceof Duration) return value.toString();
  if (value instanceof Float) return value.value;
  if (Array.isArray(value)) return value.map(plain);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}

/**
 * Covers what is covered in the other: only there it is known what is a secret. A reference alone says where one comes
 * from, and stays.
 */
function redactedLike(value: unknown, effective: unknown): unknown {
  if (effective === REDACTED) return typeof value === "string" && isBareReference(value) ? value : REDACTED;
  if (Array.isArray(value) && Array.isArray(effective)) {
    return value.map((item, index) => redactedLike(item, effective[index]));
  }
  if (!isMap(value) || !isMap(effective)) return value;
  const covered = (key: string): unknown => effective[Object.hasOwn(effective, key) ? key : compact(key)];
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redactedLike(field, covered(key))]));
}

/** One reference and nothing beside it. The default of a variable may be the secret itself. */
function isBareReference(text: string): boolean {
  return /^\$\{[^}]*\}$/.test(text) && !/^\$\{env:[^}]*?:-[^}]/.test(text);
}

/** An id as it reads once it was decoded: around its parts there may be spaces in the file. */
function compact(id: string): string {
  return id
    .split("/")
    .map((part) => part.trim())
    .join("/");
}
