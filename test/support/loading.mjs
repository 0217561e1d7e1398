/** Imported before a program: at its end, every module that it loaded stands in the file named by `LOADED`. */
import { appendFileSync } from "node:fs";
import { Module, register } from "node:module";
import { pathToFileURL } from "node:url";

const file = process.env.LOADED;
// Modules of Node's own loader pass a hook, on a thread of its own; those that are required stand in a cache.
const hook = `import { appendFileSync } from "node:fs";
export async function load(url, context, next) {
  appendFileSync(${JSON.stringify(file)}, url + "\\n");
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
process.on("exit", () => {
  const required = Object.keys(Module._cache).map((path) => pathToFileURL(path).href);
  appendFileSync(file, required.map((url) => `${url}\n`).join(""));
});
