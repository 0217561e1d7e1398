/** From a resolved configuration to what a service runs: decoding first, then what the sections say of each other. */
import type { ExtensionFactory } from "../component/extension.ts";
import { PIPELINE_SECTIONS } from "../component/pipeline-factory.ts";
import type { Conf } from "../confmap/conf.ts";
import { InvalidConfigError } from "../confmap/problem.ts";
import { quote } from "../core/quote.ts";
import { decodeComponents } from "./components-section.ts";
import { Decoder, didYouMean } from "./decoder.ts";
import type { ServiceConfig } from "./service-config.ts";
import { decodeService, PIPELINES_ONLY } from "./service-section.ts";

const SECTIONS = ["extensions", "service"];

/** Decodes and checks a configuration. Rust extensions' sections are validated by Rust here; nothing is created.
 * @throws {InvalidConfigError} with every mistake of the stage at which it failed */
export function resolveConfig(conf: Conf, factories: readonly ExtensionFactory[]): ServiceConfig {
  const decoder = new Decoder(conf);
  for (const key of PIPELINE_SECTIONS) if (conf.isSet([key])) decoder.complain([key], `'${key}' ${PIPELINES_ONLY}`);
  decoder.refuseUnknown([], [...SECTIONS, ...PIPELINE_SECTIONS]);
  const extensions = decodeComponents(decoder, "extensions", factories);
  const service = decodeService(decoder);
  if (decoder.problems.length > 0) throw new InvalidConfigError("decode", decoder.problems);
  const config = { extensions, service };
  checkReferences(decoder, config);
  if (decoder.problems.length > 0) throw new InvalidConfigError("validate", decoder.problems);
  return config;
}

function checkReferences(decoder: Decoder, { extensions, service }: ServiceConfig): void {
  if (extensions.size === 0) {
    decoder.complain([], "empty configuration file");
    return;
  }
  for (const [index, id] of service.extensions.entries()) {
    if (extensions.has(id.toString())) continue;
    const text = `service::extensions: references extension ${quote(id.toString())} which is not configured`;
    decoder.complain(["service", "extensions", index], text, didYouMean(id.toString(), extensions.keys()));
  }
}
