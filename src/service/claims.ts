/**
 * Which ids services use on a runtime that they share. Rust's reports name an id and nothing else, so that one id can
 * belong to one service at a time.
 */
import { FerruleError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import type { RustRuntime } from "../runtime/types.ts";

const claims = new WeakMap<RustRuntime, Set<string>>();

/** Takes ids for a service, all or none, until the returned function is called.
 * @throws {FerruleError} `ALREADY_STARTED` for one that another service has */
export function claimIds(runtime: RustRuntime, ids: readonly string[]): () => void {
  const claimed = claims.get(runtime) ?? new Set();
  claims.set(runtime, claimed);
  const taken = ids.find((id) => claimed.has(id));
  if (taken !== undefined) {
    const text = `extension ${quote(taken)} already runs in another service on the same runtime`;
    throw new FerruleError("ALREADY_STARTED", text, { componentId: taken });
  }
  for (const id of ids) claimed.add(id);
  return () => {
    for (const id of ids) claimed.delete(id);
  };
}

/** Whether a service of this runtime has the id. */
export function isClaimed(runtime: RustRuntime, id: string): boolean {
  return claims.get(runtime)?.has(id) ?? false;
}
