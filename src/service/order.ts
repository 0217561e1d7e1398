/** In which order extensions start: dependencies first, and the configuration's order wherever that leaves a choice. */
import { FerruleError } from "../core/errors.ts";

/**
 * Orders ids so that each comes after everything that it depends on; of those that could come next, the one that was
 * listed first.
 * @param dependencies by id; ids that are absent depend on nothing
 * @throws {FerruleError} `CONFIG_INVALID` for a dependency that is not listed, and for a cycle
 */
export function orderByDependencies(
  ids: readonly string[],
  dependencies: ReadonlyMap<string, readonly string[]>,
): string[] {
  const position = new Map(ids.map((id, index) => [id, index]));
  const waitsFor = new Map<string, Set<string>>();
  const dependents = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const id of ids) {
    const needed = new Set(dependencies.get(id) ?? []);
    waitsFor.set(id, needed);
    for (const dependency of needed) {
      const list = dependents.get(dependency);
      if (list === undefined)
        throw invalid(`unable to find extension ${dependency} on which extension ${id} depends`, id);
      list.push(id);
    }
  }
  const ordered: string[] = [];
  const free = ids.filter((id) => waitsFor.get(id)!.size === 0);
  while (free.length > 0) {
    const id = free.shift()!;
    ordered.push(id);
    for (const dependent of dependents.get(id)!) {
      const needed = waitsFor.get(dependent)!;
      needed.delete(id);
      if (needed.size === 0) insertSorted(free, dependent, position);
    }
  }
  if (ordered.length === ids.length) return ordered;
  const cycle = findCycle(ids, waitsFor);
  throw invalid(`unable to order extensions by dependencies, cycle found [${cycle.join(" -> ")}]`, cycle[0]!);
}

/** Among ids that are in the configuration's order. */
function insertSorted(free: string[], id: string, position: ReadonlyMap<string, number>): void {
  const at = free.findIndex((other) => position.get(other)! > position.get(id)!);
  free.splice(at < 0 ? free.length : at, 0, id);
}

/** A cycle among what is left, each id before one that depends on it, and the first one again at the end. */
function findCycle(ids: readonly string[], waitsFor: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const path: string[] = [];
  let id = ids.find((candidate) => waitsFor.get(candidate)!.size > 0)!;
  // Whatever is left waits for something that is left too, so that this walk has to meet itself.
  while (!path.includes(id)) {
    path.push(id);
    id = [...waitsFor.get(id)!][0]!;
  }
  const loop = path.slice(path.indexOf(id));
  // The walk goes from dependent to dependency; the Collector prints the other way.
  const printed = [loop[0]!, ...loop.slice(1).reverse()];
  const first = printed.indexOf(ids.find((candidate) => printed.includes(candidate))!);
  const turned = [...printed.slice(first), ...printed.slice(0, first)];
  return [...turned, turned[0]!];
}

function invalid(message: string, componentId: string): FerruleError {
  return new FerruleError("CONFIG_INVALID", message, { permanent: true, componentId });
}
