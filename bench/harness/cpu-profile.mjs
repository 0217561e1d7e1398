// Own time by function, of a profile that `node --cpu-prof` wrote.
import { pathToFileURL } from "node:url";

/**
 * @param root of the repository; names are relative to it
 * @returns `name`, `ns` for each call, and whether the function `isOurs`, the dearest first
 */
export function ownTimes({ nodes, samples, timeDeltas }, root, calls) {
  const rootUrl = pathToFileURL(root).href;
  const nameOf = new Map(nodes.map(({ id, callFrame }) => [id, nameOfFrame(callFrame, rootUrl)]));
  const microseconds = new Map();
  for (const [index, id] of samples.entries()) {
    const name = nameOf.get(id);
    microseconds.set(name, (microseconds.get(name) ?? 0) + timeDeltas[index]);
  }
  return [...microseconds]
    .map(([name, time]) => ({ name, ns: (time * 1_000) / calls, isOurs: name.startsWith("dist/") }))
    .sort((one, other) => other.ns - one.ns);
}

function nameOfFrame({ functionName, url }, rootUrl) {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  // Each peer has a copy of the driver: `window.mjs?of=...` is one file all the same.
  const file = (url.startsWith(rootUrl) ? url.slice(rootUrl.length) : url).replace(/\?.*/, "");
  return `${file} ${name}`;
}
