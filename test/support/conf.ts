/** Configurations from YAML text, as if it stood in a file. */
import { Conf } from "../../dist/confmap/conf.js";
import { Retrieved } from "../../dist/confmap/retrieved.js";

export function confOf(text: string, file = "a.yaml"): Conf {
  return new Conf(Retrieved.fromYaml(text, { source: file }).asMap());
}
