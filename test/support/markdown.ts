/** Fenced blocks of the project's documents: what they show is run. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Block {
  readonly language: string;
  /** What stands behind the language: `file=NAME`, or a word. */
  readonly info: string;
  readonly text: string;
}

export function blocksOf(path: string): Block[] {
  const text = readFileSync(`${ROOT}${path}`, "utf8");
  return [...text.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language = "", info = "", body = ""]) => ({
    language,
    info,
    text: body,
  }));
}
