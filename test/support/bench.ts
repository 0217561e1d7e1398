/** The modules of the benchmark, which are plain JavaScript. */

/** @param path under `bench/` */
// biome-ignore lint/suspicious/noExplicitAny: they have no types
export function benchModule(path: string): Promise<any> {
  return import(new URL(`../../bench/${path}`, import.meta.url).href);
}
