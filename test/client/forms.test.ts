/** Clients as packages bring them: a module of JavaScript, its declarations, and the path of their library. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { rejection, testLibrary } from "../support/runtime.ts";
import { Project, typedFiles } from "../support/typed.ts";

const project = new Project();
afterAll(() => project.remove());

const USER = `import { Typed, TypedFullError, type Shape } from "./typed.js";
await using typed = await Typed.start({ capacity: 1 });
const text: string = await typed.repeat("a", { signal: AbortSignal.timeout(5_000) });
for await (const number of typed.count(2)) number.toFixed();
const shapes: readonly Shape[] = await typed.shapes(["Point"]);
const code: "FULL" = new TypedFullError("FULL", "text").code;
text; shapes; code;
`;
const WRONG = `import { Typed } from "./typed.js";
await Typed.start({ sise: 1 });
(await Typed.start()).repeat(5);
`;

test("a compiled client finds its library, and has the types of the one in TypeScript", async () => {
  const all = await typedFiles({ library: "./library.js", forms: ["js", "d.ts"] });
  const files = all.filter(({ path }) => path.startsWith("typed."));
  expect(files.map(({ path }) => path)).toEqual(["typed.js", "typed.d.ts"]);
  for (const { path, text } of files) writeFileSync(join(project.directory, path), text);
  writeFileSync(join(project.directory, "library.js"), `export const library = ${JSON.stringify(testLibrary)};`);
  expect(project.compile({ "user.ts": USER })).toEqual([]);
  expect(project.compile({ "wrong.ts": WRONG }).map((line) => line.replace(/: error (TS\d+).*/, " $1"))).toEqual([
    "wrong.ts(2,21) TS2353",
    "wrong.ts(3,30) TS2345",
  ]);
  const { Typed, TypedFullError } = await import(join(project.directory, "typed.js"));
  const typed = await Typed.start({ capacity: 0 + 1 });
  expect(await typed.repeatLater("across")).toBe("across");
  expect([...(await typed.echo(new Uint8Array([7])))]).toEqual([7]);
  await typed.put("a", new Uint8Array(1));
  expect(await rejection(typed.put("b", new Uint8Array(1)))).toBeInstanceOf(TypedFullError);
  expect(await typed.sum([1, 2, 3])).toBe(6);
  await typed.shutdown();
});
