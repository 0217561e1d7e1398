/** What can be said of the order of the start before anything is created. */
import type { ConfiguredExtension } from "../config/service-config.ts";
import type { ComponentId } from "../core/id.ts";
import { orderByDependencies } from "./order.ts";
import { framed, ServiceError } from "./service-error.ts";

/** Asks the factories what each extension depends on.
 * @throws {ServiceError} `failed to build extensions: ...` for what is not listed, and for a cycle */
export function checkDependencies(
  listed: readonly ComponentId[],
  configured: ReadonlyMap<string, ConfiguredExtension>,
): void {
  const ids = [...new Set(listed.map(String))];
  try {
    orderByDependencies(ids, new Map(ids.map((id) => [id, dependenciesOf(configured.get(id))])));
  } catch (error) {
    throw framed("failed to build extensions", [error]) ?? error;
  }
}

function dependenciesOf(extension: ConfiguredExtension | undefined): readonly string[] {
  if (extension === undefined) return [];
  try {
    return extension.factory.dependencies?.(extension.config).map(String) ?? [];
  } catch (error) {
    const id = extension.id.toString();
    throw new ServiceError(`failed to create extension "${id}": ${(error as Error).message}`, [error], id);
  }
}
