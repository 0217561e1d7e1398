/** The section `extensions`: ids, types, and each component's own configuration. */
import { isSelfReading } from "../component/config.ts";
import type { ExtensionFactory } from "../component/extension.ts";
import type { Conf } from "../confmap/conf.ts";
import { kindOf } from "../confmap/conf.ts";
import { messageOf } from "../core/errors.ts";
import { ComponentId } from "../core/id.ts";
import { quote } from "../core/quote.ts";
import { type Decoder, didYouMean, type KeyPath } from "./decoder.ts";
import { spotOf } from "./field-path.ts";
import type { ConfiguredExtension } from "./service-config.ts";

const SECTION = "extensions";

/** Decodes every entry that can be decoded, and complains of the others. */
export function decodeExtensions(
  decoder: Decoder,
  factories: readonly ExtensionFactory[],
): Map<string, ConfiguredExtension> {
  const decoded = new Map<string, ConfiguredExtension>();
  for (const key of decoder.section([SECTION]).keys()) {
    const id = parseId(decoder, key);
    if (id === undefined) continue;
    if (decoded.has(id.toString())) {
      decoder.complain([SECTION, key], `'${SECTION}' duplicate name ${quote(id.toString())}`);
      continue;
    }
    const factory = factories.find((candidate) => candidate.type === id.type);
    if (factory === undefined) refuseType(decoder, key, id, factories);
    else decodeOne(decoder, key, { id, factory }, decoded);
  }
  return decoded;
}

function parseId(decoder: Decoder, key: string): ComponentId | undefined {
  try {
    return ComponentId.parse(key);
  } catch (error) {
    decoder.complain([SECTION, key], `'${SECTION}' ${messageOf(error)}`);
    return undefined;
  }
}

function refuseType(decoder: Decoder, key: string, id: ComponentId, factories: readonly ExtensionFactory[]): void {
  const types = factories.map((factory) => factory.type).sort();
  const text = `'${SECTION}' unknown type: ${quote(id.type)} for id: ${quote(id.toString())} (valid values: [${types.join(" ")}])`;
  decoder.complain([SECTION, key], text, didYouMean(id.type, types));
}

function decodeOne(
  decoder: Decoder,
  key: string,
  entry: Pick<ConfiguredExtension, "id" | "factory">,
  decoded: Map<string, ConfiguredExtension>,
): void {
  const path = [SECTION, key];
  const frame = `'${SECTION}' error reading configuration for ${quote(entry.id.toString())}: `;
  const value = decoder.conf.get(path);
  if (value !== null && kindOf(value) !== "map") {
    decoder.complain(path, `${frame}expected a map or struct, got "${kindOf(value)}"`);
    return;
  }
  const section = decoder.conf.sub(path);
  try {
    const config = entry.factory.createDefaultConfig();
    if (isSelfReading(config)) {
      config.unmarshal(section);
      decoded.set(entry.id.toString(), { ...entry, config });
    } else if (!refuseFields(decoder, path, frame, config, section)) {
      // Over the defaults, as the Collector decodes into a factory's default configuration.
      decoded.set(entry.id.toString(), { ...entry, config: { ...(config as object), ...section.toStringMap() } });
    }
  } catch (error) {
    decoder.problems.push({ text: frame + messageOf(error), spots: [spotOf(decoder, path, error)] });
  }
}

/** A plain configuration knows the fields that have a default. True when the section has others. */
function refuseFields(decoder: Decoder, path: KeyPath, frame: string, config: unknown, section: Conf): boolean {
  const known = typeof config === "object" && config !== null ? Object.keys(config) : [];
  const unknown = section.keys().filter((key) => !known.includes(key));
  if (unknown.length === 0) return false;
  const text = `decoding failed due to the following error(s):\n\n'<target>' has invalid keys: ${[...unknown].sort().join(", ")}`;
  const spots = unknown.map((key) => decoder.spot([...path, key], didYouMean(key, known)));
  decoder.problems.push({ text: frame + text, spots });
  return true;
}
