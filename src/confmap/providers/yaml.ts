/** `yaml:TEXT`: the text itself. */
import type { Provider } from "../provider.ts";
import { Retrieved } from "../retrieved.ts";

/** Reads the rest of the URI as YAML, as in `yaml:a::b: 5`. */
export class YamlProvider implements Provider {
  readonly scheme = "yaml";

  retrieve(uri: string): Retrieved {
    return Retrieved.fromYaml(uri.slice("yaml:".length));
  }
}
