/** Rust extensions of one host see and call each other, and nobody else. */
import { expect, test } from "vitest";
import type { ExtensionHandle, HostInfo, Runtime } from "../../dist/index.js";
import { openForTest, rejection } from "../support/runtime.ts";

const hostOf = (...extensions: string[]): HostInfo => ({
  buildVersion: "1",
  buildCommand: "test",
  buildTimestamp: "",
  extensions,
});

/** Starts peers under one host. */
async function peers(runtime: Runtime, ...ids: string[]): Promise<ExtensionHandle[]> {
  const host = hostOf(...ids);
  return Promise.all(ids.map((id) => runtime.start(id, {}, { host })));
}

async function pair(runtime: Runtime): Promise<[ExtensionHandle, ExtensionHandle]> {
  return (await peers(runtime, "peer/a", "peer/b")) as [ExtensionHandle, ExtensionHandle];
}

const ask = (method: string, payload?: unknown, id = "peer/b"): object => ({ id, method, payload });

test.each([0, 2])("extensions are listed, looked up and called by id, with %i workers", async (workers) => {
  const runtime = await openForTest({ workers });
  const [a] = await pair(runtime);
  expect(await a.call("list")).toEqual(["peer/a", "peer/b"]);
  expect(await a.call("ask", ask("now"))).toBe("peer/b");
  expect(await a.call("ask", ask("now", null, "peer/a"))).toBe("peer/a");
  expect(await a.call("ask", ask("thread"))).toMatch(/^ferrule-life/);
  expect(await a.call("ask_from_a_task", ask("now"))).toBe("peer/b");
  expect(await a.call("ask", ask("ask", ask("now", null, "peer/a")))).toBe("peer/a");
});

test.each<[object, object, string]>([
  [ask("now", null, "peer/x"), { code: "UNKNOWN_EXTENSION", componentId: "peer/a" }, "has no extension"],
  [ask("now", null, "needs"), { code: "NOT_STARTED", componentId: "needs" }, "is not started"],
  [ask("nope"), { code: "UNKNOWN_METHOD", componentId: "peer/b" }, 'extension peer/b has no method "nope"'],
  [ask("fail", { message: "x", http: 503 }), { httpStatus: 503, componentId: "peer/b", method: "fail" }, "x"],
  [ask("panic", "ouch"), { code: "PANICKED", componentId: "peer/b", method: "panic", permanent: true }, "ouch"],
])("a call that fails says whose failure it is: %j", async (asked, wanted, text) => {
  const runtime = await openForTest();
  const host = hostOf("peer/a", "peer/b", "needs");
  const [a] = await Promise.all(["peer/a", "peer/b"].map((id) => runtime.start(id, {}, { host })));
  const error = await rejection((a as ExtensionHandle).call("ask", asked));
  expect(error).toMatchObject(wanted);
  expect(error.message).toContain(text);
});

test("a panic of the callee takes the callee out of service, and not its caller", async () => {
  const runtime = await openForTest();
  const [a, b] = await pair(runtime);
  await rejection(a.call("ask", ask("panic", "ouch")));
  expect(await rejection(a.call("ask", ask("now")))).toMatchObject({ code: "POISONED", componentId: "peer/b" });
  expect((await rejection(b.call("now"))).code).toBe("POISONED");
  expect(await a.call("now")).toBe("peer/a");
});

test("two hosts on one runtime do not see each other, also under the same ids", async () => {
  const runtime = await openForTest();
  const [one] = await peers(runtime, "peer/a", "peer/b");
  const [other] = await peers(runtime, "peer/c");
  expect((await rejection((other as ExtensionHandle).call("ask", ask("now")))).code).toBe("UNKNOWN_EXTENSION");
  // A host that lists an id which only another host has started.
  const third = await runtime.start("peer/d", {}, { host: hostOf("peer/d", "peer/b") });
  expect((await rejection(third.call("ask", ask("now")))).code).toBe("NOT_STARTED");
  const alone = await runtime.start("peer/e");
  expect(await alone.call("list")).toEqual([]);
  expect(await (one as ExtensionHandle).call("ask", ask("now"))).toBe("peer/b");
});

test("an extension that was shut down says so, and another life under its id is found", async () => {
  const runtime = await openForTest();
  const host = hostOf("peer/a", "peer/b");
  const a = await runtime.start("peer/a", {}, { host });
  const b = await runtime.start("peer/b", {}, { host });
  await b.shutdown();
  const error = await rejection(a.call("ask", ask("now")));
  expect(error).toMatchObject({ code: "SHUT_DOWN", componentId: "peer/b", message: "extension peer/b was shut down" });
  await runtime.start("peer/b", {}, { host });
  expect(await a.call("ask", ask("now"))).toBe("peer/b");
});

test.each([0, 2])("a shutdown ends the calls of others, with %i workers", async (workers) => {
  const runtime = await openForTest({ workers });
  const [a, b] = await pair(runtime);
  const hanging = rejection(a.call("ask", ask("hang")));
  const fromTask = rejection(a.call("ask_from_a_task", ask("hang")));
  await a.call("now");
  await b.shutdown({ deadline: 200 });
  for (const error of await Promise.all([hanging, fromTask])) {
    expect(["CANCELLED", "SHUT_DOWN"]).toContain(error.code);
    expect(error.componentId).toBe("peer/b");
  }
  expect(await a.call("living")).toBe(1);
});

test("a call that its caller keeps does not keep the callee", async () => {
  const runtime = await openForTest();
  const [a, b] = await pair(runtime);
  await a.call("keep", ask("hang"));
  expect(await a.call("living")).toBe(2);
  await b.shutdown({ deadline: 100 });
  expect(await a.call("living")).toBe(1);
});

test("the caller's deadline and cancellation end the callee's work", async () => {
  const runtime = await openForTest();
  const [a, b] = await pair(runtime);
  expect((await rejection(a.call("ask", ask("hang"), { deadline: 20 }))).code).toBe("DEADLINE_EXCEEDED");
  const controller = new AbortController();
  const aborted = rejection(a.call("ask_from_a_task", ask("hang"), { signal: controller.signal }));
  await a.call("now");
  controller.abort("enough");
  expect((await aborted).code).toBe("ABORTED");
  // Nothing of them is left: the shutdown has nobody to wait for.
  await b.shutdown();
  await a.shutdown();
  expect(runtime.stats().handles).toBe(0);
});

test("two that call each other for ever are told, and go on", async () => {
  const runtime = await openForTest();
  const [a] = await pair(runtime);
  expect(await rejection(a.call("bounce", "peer/b"))).toMatchObject({ code: "CALLS_TOO_DEEP", permanent: true });
  const both = await Promise.all(
    Array.from({ length: 100 }, () => a.call("ask", ask("ask", ask("now", null, "peer/a")))),
  );
  expect(new Set(both)).toEqual(new Set(["peer/a"]));
});
