/** What a caller says reaches Rust, the extensions that are called from there, and their log records. */
import { expect, test } from "vitest";
import type { CallOptions } from "../../dist/index.js";
import { metadataValues } from "../../dist/index.js";
import { recordingLogger } from "../support/recording-logger.ts";
import { openForTest, rejection } from "../support/runtime.ts";

const TRACE = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const SAID: CallOptions = {
  ...TRACE,
  traceFlags: 1,
  traceState: "vendor=1",
  metadata: { "X-Tenant": ["one", "two"], "x-tenant": ["three"], empty: [] },
  auth: { subject: { name: "grüße", roles: ["a"] } },
};
const HEARD = {
  metadata: [["one", "two", "three"], [], []],
  auth: { name: "grüße", roles: ["a"] },
  trace: [TRACE.traceId, TRACE.spanId, "vendor=1"],
  flags: 1,
};
const KEYS = ["X-TENANT", "empty", "none"];
const HOST = { buildVersion: "", buildCommand: "", buildTimestamp: "", extensions: ["peer/a", "peer/b"] };

test.each([0, 2])(
  "a context reaches a call, a batch, and calls between extensions, with %i workers",
  async (workers) => {
    const runtime = await openForTest({ workers });
    const [a] = await Promise.all(HOST.extensions.map((id) => runtime.start(id, {}, { host: HOST })));
    if (a === undefined) throw new Error("it has started");
    const said = { ...SAID, deadline: 60_000 };
    const heard = { ...HEARD, hasDeadline: true };
    expect(await a.call("context", KEYS, said)).toEqual({ ...heard, component: "peer/a" });
    const ask = { id: "peer/b", method: "context", payload: KEYS };
    expect(await a.call("ask", ask, said)).toEqual({ ...heard, component: "peer/b" });
    expect(await a.callMany("context", [KEYS, KEYS], said)).toEqual(Array(2).fill({ ...heard, component: "peer/a" }));
  },
);

test("a context is of its call alone", async () => {
  const runtime = await openForTest();
  const peer = await runtime.start("peer/a");
  await peer.call("context", KEYS, SAID);
  expect(await peer.call("context", KEYS)).toMatchObject({ auth: null, trace: ["", "", ""], metadata: [[], [], []] });
});

test("payloads of every length follow a context", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  for (const length of [0, 1, 24, 4_096, 600_000]) {
    const bytes = new Uint8Array(length).fill(7);
    expect(await extension.call("echo", bytes, TRACE)).toEqual(bytes);
  }
});

test("what is logged in a call says in which trace, and of which component", async () => {
  const logger = recordingLogger();
  const runtime = await openForTest({ logger });
  const [a] = await Promise.all(HOST.extensions.map((id) => runtime.start(id, {}, { host: HOST })));
  await a?.call("ask", { id: "peer/b", method: "log" }, SAID);
  await a?.call("log");
  const records = logger.lines.filter(({ message }) => message === "asked to log").map(({ fields }) => fields);
  const trace = { trace_id: TRACE.traceId, span_id: TRACE.spanId };
  expect(records[0]).toMatchObject({ component: "peer/b", answer: 42, method: "log", ...trace });
  expect(records[1]).toMatchObject({ component: "peer/a", answer: 42 });
  expect(records[1]).not.toHaveProperty("trace_id");
});

test.each<[object, string]>([
  [{ traceId: "ABC" }, "traceId must have 32 hexadecimal digits in lower case, not all 0, got ABC"],
  [
    { spanId: "0".repeat(16) },
    `spanId must have 16 hexadecimal digits in lower case, not all 0, got ${"0".repeat(16)}`,
  ],
  [{ traceState: 1 }, "traceState must be a string, got 1"],
  [{ auth: [1] }, "auth must be an object, got 1"],
  [{ auth: { a: 1n } }, "auth must hold what JSON can: Do not know how to serialize a BigInt"],
  [{ auth: { a: "\ud800" } }, "auth must hold well-formed strings"],
  [{ metadata: { a: "x" } }, 'metadata must hold lists of well-formed strings, and "a" does not'],
])("a context that cannot be is refused: %#", async (context, text) => {
  const runtime = await openForTest();
  const peer = await runtime.start("peer/a");
  const error = await rejection(peer.call("now", null, context as CallOptions));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", componentId: "peer/a", message: text });
  expect((await rejection(peer.callMany("now", [null], context as CallOptions))).code).toBe("INVALID_ARGUMENT");
  expect(await peer.call("now")).toBe("peer/a");
});

test("metadata is read in any case", () => {
  const metadata = { "X-A": ["1"], "x-a": ["2"], b: [] };
  expect(metadataValues({ metadata }, "x-A")).toEqual(["1", "2"]);
  expect([metadataValues({ metadata }, "b"), metadataValues({}, "b")]).toEqual([[], []]);
});
