/** A section of components: ids, types, and each component's own configuration. */
import { isSelfReading } from "../component/config.ts";
import type { ComponentFactory } from "../component/factory.ts";
import { kindOf } from "../confmap/conf.ts";
import { messageOf } from "../core/errors.ts";
import { ComponentId } from "../core/id.ts";
import { quote } from "../core/quote.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Decoder } from "./decoder.ts";
import { explain } from "./field-path.ts";
import { findMistakes, layOver, withTexts } from "./over-defaults.ts";
import { checkSchema } from "./schema-check.ts";
import type { Configured } from "./service-config.ts";

const DECODING_FAILED = "decoding failed due to the following error(s):\n\n";

/** Decodes every entry that can be decoded, and complains of the others. */
export function decodeComponents<Factory extends ComponentFactory>(
  decoder: Decoder,
  section: string,
  factories: readonly Factory[],
): Map<string, Configured<Factory>> {
  const decoded = new Map<string, Configured<Factory>>();
  for (const key of decoder.section([section]).keys()) {
    const id = parseId(decoder, section, key);
    if (id === undefined) continue;
    if (decoded.has(id.toString())) {
      decoder.complain([section, key], `'${section}' duplicate name ${quote(id.toString())}`);
      continue;
    }
    const factory = factories.find((candidate) => candidate.type === id.type);
    if (factory === undefined) refuseType(decoder, section, id, key, factories);
    else decodeOne(decoder, [section, key], { id, factory }, decoded);
  }
  return decoded;
}

function parseId(decoder: Decoder, section: string, key: string): ComponentId | undefined {
  try {
    return ComponentId.parse(key);
  } catch (error) {
    decoder.complain([section, key], `'${section}' ${messageOf(error)}`);
    return undefined;
  }
}

function refuseType(
  decoder: Decoder,
  section: string,
  id: ComponentId,
  key: string,
  factories: readonly ComponentFactory[],
): void {
  const types = factories.map((factory) => factory.type).sort();
  const text = `'${section}' unknown type: ${quote(id.type)} for id: ${quote(id.toString())} (valid values: [${types.join(" ")}])`;
  decoder.complain([section, key], text, didYouMean(id.type, types));
}

function decodeOne<Factory extends ComponentFactory>(
  decoder: Decoder,
  path: readonly [section: string, key: string],
  entry: Pick<Configured<Factory>, "id" | "factory">,
  decoded: Map<string, Configured<Factory>>,
): void {
  const frame = `'${path[0]}' error reading configuration for ${quote(entry.id.toString())}: `;
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
      return;
    }
    const values = withTexts(section, config, section.toStringMap());
    const schema = entry.factory.configSchema;
    const { texts, spots } = findMistakes(decoder, path, config, values, schema === undefined);
    const laid = layOver(config, values);
    const checked = schema === undefined ? { value: laid } : checkSchema(decoder, path, entry.factory, laid);
    if (texts.length === 0 && "value" in checked) {
      decoded.set(entry.id.toString(), { ...entry, config: checked.value });
      return;
    }
    const more = "value" in checked ? { texts: [], spots: [] } : checked;
    const text = `${frame}${DECODING_FAILED}${[...texts, ...more.texts].join("\n")}`;
    decoder.problems.push({ text, spots: [...spots, ...more.spots] });
  } catch (error) {
    const { text, spots } = explain(decoder, path, error);
    decoder.problems.push({ text: frame + text, spots });
  }
}
