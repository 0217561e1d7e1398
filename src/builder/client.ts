/** The typed client: written by the generator that comes with this package, from what the library says of itself. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DescribeAnswer } from "./describe.ts";
import { writeIfChanged } from "./files.ts";

/** What `src/typegen/index.ts` exports as `generateClient`. */
export type GenerateClient = (
  description: DescribeAnswer["extensions"],
) => readonly { readonly path: string; readonly text: string }[];

const GENERATOR = new URL("../typegen/index.js", import.meta.url);

/** Writes the client's files into a folder.
 * @returns their paths; none where this version of ferrule generates no clients */
export async function writeClient(folder: string, extensions: DescribeAnswer["extensions"]): Promise<string[]> {
  if (extensions.length === 0 || !existsSync(GENERATOR)) return [];
  const { generateClient } = (await import(GENERATOR.href)) as { generateClient: GenerateClient };
  return generateClient(extensions).map(({ path, text }) => {
    writeIfChanged(join(folder, path), text);
    return join(folder, path);
  });
}
