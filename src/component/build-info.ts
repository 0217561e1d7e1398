/** What ferrule says of itself. */
import { readFileSync } from "node:fs";
import type { BuildInfo } from "./settings.ts";

/** ferrule's own build information: what components hear when a distribution says nothing else. */
export function ownBuildInfo(): BuildInfo {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return { command: "ferrule", description: "Async Rust inside a Node.js service", version: manifest.version };
}
