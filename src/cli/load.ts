/** What the commands that read a configuration have in common: its sources, and the factories that read it. */
import type { ExtensionFactory } from "../component/extension.ts";
import { resolveCollector } from "../config/collector-config.ts";
import type { CollectorConfig } from "../config/service-config.ts";
import type { Conf } from "../confmap/conf.ts";
import { setUri } from "../confmap/location.ts";
import { Resolver } from "../confmap/resolver.ts";
import { FerruleError } from "../core/errors.ts";
import { mergeAppendOption } from "../core/feature-gates.ts";
import { collectorFactories } from "../service/assemble.ts";
import type { Distribution } from "./distribution.ts";

/** Flags of every command that reads a configuration. */
export interface LoadOptions {
  readonly config?: readonly string[];
  readonly set?: readonly string[];
  readonly library?: string;
}

/** The sources that the flags name, in order: values that are set lie over files.
 * @throws {FerruleError} when there are none */
export function sourcesOf({ config = [], set = [] }: LoadOptions): string[] {
  const uris = [...config, ...set.map(setUri)];
  if (uris.length > 0) return uris;
  throw new FerruleError("INVALID_ARGUMENT", "at least one config flag must be provided", { permanent: true });
}

/** A resolver for the sources that the flags name. Whoever made it shuts it down.
 * @throws {InvalidConfigError} for sources that cannot be */
export function resolverFor(distribution: Distribution, options: LoadOptions): Resolver {
  const uris = sourcesOf(options);
  const providers = distribution.providers?.();
  const appendLists = mergeAppendOption.isEnabled;
  return new Resolver({ uris, appendLists, ...(providers === undefined ? {} : { providers }) });
}

/** Resolves the configuration once. */
export async function load(distribution: Distribution, options: LoadOptions): Promise<Conf> {
  return resolveOnce(resolverFor(distribution, options));
}

/** Resolves, and shuts the resolver down. */
export async function resolveOnce(resolver: Resolver): Promise<Conf> {
  try {
    return await resolver.resolve();
  } finally {
    await resolver.shutdown();
  }
}

/** Decodes the configuration, and checks it.
 * @throws {InvalidConfigError} with every mistake of the stage at which it failed */
export function decode(
  distribution: Distribution,
  conf: Conf,
  extensions: readonly ExtensionFactory[],
  validate = true,
): CollectorConfig {
  return resolveCollector(conf, collectorFactories(distribution, extensions), validate);
}
