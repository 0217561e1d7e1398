/** The extensions of a distribution: those that it brings, and those of its library. */
import type { ExtensionFactory } from "../component/extension.ts";
import { silentLogger } from "../core/logger.ts";
import type { Distribution } from "./distribution.ts";

/** Calls `use` with every extension that there is: the library's as long as it is open. */
export async function withExtensions<Result>(
  { library = undefined, factories = [] }: Distribution,
  options: { readonly library?: string },
  use: (extensions: readonly ExtensionFactory[]) => Promise<Result> | Result,
): Promise<Result> {
  if (library === false && options.library === undefined) return use(factories);
  const path = options.library ?? (library === false ? undefined : library);
  // Loaded here: without a library there is nothing to open.
  const { allFactories, openRuntime } = await import("../service/assemble.ts");
  const { runtime, close } = await openRuntime(path === undefined ? {} : { library: path }, silentLogger);
  try {
    return await use(allFactories(runtime, factories));
  } finally {
    await close();
  }
}
