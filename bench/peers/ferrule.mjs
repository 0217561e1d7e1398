// ferrule itself. The extension is that of the tests, whose `echo` gives back what it got.
import { readFileSync } from "node:fs";
import { open } from "../../dist/index.js";

const native = new URL("../../dist/native/", import.meta.url);

/** Path of the library that the benchmark calls. */
export function libraryPath() {
  const known = JSON.parse(readFileSync(new URL("libraries.json", native), "utf8"));
  const entry = known["ferrule-test-extensions"];
  if (entry === undefined) throw new Error("no library: node .ci/build.mjs --test-extensions builds it");
  return new URL(entry.file, native).pathname;
}

/** @param options of `open` */
export async function openFerrule(options = {}, name = "ferrule") {
  const runtime = await open(libraryPath(), options);
  const extension = await runtime.start("echo");
  return {
    name,
    runtime,
    extension,
    isFerrule: true,
    call: () => extension.call("echo"),
    // Without a payload there is nothing that could be confused; the answer must be as empty.
    accept: (_, answer) => answer.length === 0,
    echo: (bytes) => extension.call("echo", bytes),
    wait: async (milliseconds) => (await extension.call("wait", Uint8Array.of(milliseconds)))[0],
    close: () => runtime.close(),
  };
}

/** How `open` is told never to poll, for a comparison. */
export const PARK_AT_ONCE = { polling: "off" };
