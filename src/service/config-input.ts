/** Where a service's configuration comes from, each time that it is wanted. */
import { Conf } from "../confmap/conf.ts";
import type { Watcher } from "../confmap/provider.ts";

/** A configuration that can be read again: what a `Resolver` is. */
export interface ConfigSources {
  /** Reads everything anew. */
  resolve(): Promise<Conf>;
  /** What the last {@link ConfigSources.resolve} found, before references were expanded. */
  readonly unexpanded: Conf;
  /** Has changes told, of what is read from now on, until the returned function is called. */
  watch(listener: Watcher): () => void;
  /** Lets go of everything. */
  shutdown(): Promise<void>;
}

/** A configuration as values: with places, or plain. */
export type ConfigValues = Conf | Readonly<Record<string, unknown>>;

/** One reading of a configuration. */
export interface ConfigReading {
  readonly conf: Conf;
  readonly unexpanded: Conf;
}

/** True for sources; values are anything else. */
export function isSources(config: ConfigValues | ConfigSources): config is ConfigSources {
  return !(config instanceof Conf) && typeof config.resolve === "function";
}

/** Reads it.
 * @throws {InvalidConfigError} for sources that cannot be read */
export async function readConfig(config: ConfigValues | ConfigSources): Promise<ConfigReading> {
  if (isSources(config)) {
    const conf = await config.resolve();
    return { conf, unexpanded: config.unexpanded };
  }
  const conf = config instanceof Conf ? config : Conf.fromMap(config);
  return { conf, unexpanded: conf };
}
