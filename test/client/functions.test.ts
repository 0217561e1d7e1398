/** Functions that a client provides to Rust: for as long as it lives, and no longer. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { valuesHandler } from "../../dist/index.js";
import { openForTest, rejection, testLibrary } from "../support/runtime.ts";
import { loadTyped, Project } from "../support/typed.ts";

const project = new Project();
// biome-ignore lint/suspicious/noExplicitAny: generated
let client: any;
beforeAll(async () => {
  client = await loadTyped(project, "asker.ts");
});
afterAll(() => project.remove());

const length = valuesHandler((text: string) => text.length);

test("they are there from before the start until after the shutdown", async () => {
  const heard: string[] = [];
  const hear = (word: string) =>
    valuesHandler((id: string) => {
      heard.push(`${word} ${id}`);
    });
  const functions = { length, hello: hear("hello"), goodbye: hear("goodbye") };
  const asker = await client.Asker.start(undefined, { library: testLibrary, functions });
  expect(await asker.number("length", "four")).toBe(4);
  await asker.shutdown();
  expect(heard).toEqual(["hello asker", "goodbye asker"]);
});

test("a name is one client's, and free when that has gone", async () => {
  const runtime = await openForTest();
  const own = () => undefined;
  const start = (id: string, functions: object) => runtime.start(client.Asker, undefined, { id, functions } as object);
  const first = (await start("asker/first", { length })) as { shutdown(): Promise<void> };
  const taken = await rejection(start("asker/second", { own, length }));
  expect(taken).toMatchObject({ code: "INVALID_ARGUMENT", message: 'function "length" is provided already' });
  runtime.provide("own", own)(); // all or none: what was provided before the refusal is taken back
  await first.shutdown();
  const second = await runtime.start(client.Asker, undefined, { id: "asker/second", functions: { length } });
  // biome-ignore lint/suspicious/noExplicitAny: generated
  expect(await (second as any).number("length", "four")).toBe(4);
});

test("a start that fails takes them back", async () => {
  const runtime = await openForTest();
  const hello = valuesHandler(() => {
    throw new Error("not today");
  });
  const failed = await rejection(runtime.start(client.Asker, undefined, { functions: { hello, length } }));
  expect(failed.message).toContain("not today");
  runtime.provide("hello", () => undefined);
  runtime.provide("length", () => undefined);
});
