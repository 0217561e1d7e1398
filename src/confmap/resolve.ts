/** Resolving a configuration once. */
import { FerruleError } from "../core/errors.ts";
import type { Conf } from "./conf.ts";
import { Resolver, type ResolverOptions } from "./resolver.ts";

/** Reads the sources, given as paths or URIs, lays each over the ones before it, and expands references.
 * @throws {InvalidConfigError} for a source that cannot be read, or is no YAML map */
export async function resolveFiles(
  uris: readonly string[],
  options: Omit<ResolverOptions, "uris" | "onChange"> = {},
): Promise<Conf> {
  if (uris.length === 0) {
    throw new FerruleError("INVALID_ARGUMENT", "at least one config flag must be provided", { permanent: true });
  }
  const resolver = new Resolver({ ...options, uris });
  try {
    return await resolver.resolve();
  } finally {
    await resolver.shutdown();
  }
}
