/** Resolving from plain values: files of the test, an environment, and nothing of the machine. */

import type { ResolverOptions } from "../../dist/index.js";
import { type Conf, EnvProvider, FileProvider, Resolver, YamlProvider } from "../../dist/index.js";

type Environment = Readonly<Record<string, string>>;

export function resolverOf(options: ResolverOptions, env: Environment = {}): Resolver {
  return new Resolver({ providers: [new FileProvider(), new EnvProvider(env), new YamlProvider()], ...options });
}

/** Resolves YAML texts, each laid over the one before. */
export async function resolved(texts: string | readonly string[], env: Environment = {}): Promise<Conf> {
  const uris = (typeof texts === "string" ? [texts] : texts).map((text) => `yaml:${text}`);
  const resolver = resolverOf({ uris }, env);
  try {
    return await resolver.resolve();
  } finally {
    await resolver.shutdown();
  }
}

export async function valuesOf(texts: string | readonly string[], env: Environment = {}): Promise<unknown> {
  return (await resolved(texts, env)).toStringMap();
}
