/** What handlers throw and answer that no handler should: Rust gets an answer, and the process lives. */
import { expect, test } from "vitest";
import { FerruleError } from "../../dist/index.js";
import { openForTest, rejection } from "../support/runtime.ts";

const throwing = (key: string): unknown =>
  Object.defineProperty(new Error("x"), key, {
    get() {
      throw new Error(`no ${key}`);
    },
  });

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function deep(depth: number): Error {
  let error = new Error("the innermost");
  for (let level = 0; level < depth; level++) error = new Error("around", { cause: error });
  return error;
}

function nested(depth: number): Error {
  let error: Error = new Error("the innermost");
  for (let level = 0; level < depth; level++) error = new AggregateError([error], "several");
  return error;
}

const ODD_ERRORS: [string, () => unknown][] = [
  ["nothing", () => undefined],
  ["a message that is no text", () => Object.assign(new Error("x"), { message: { no: "text" } })],
  ["no message", () => Object.assign(new Error("x"), { message: undefined })],
  ["a message that throws", () => throwing("message")],
  ["a cause that throws", () => throwing("cause")],
  ["a proxy that was revoked", revoked],
  ["a status that throws", () => Object.assign(new Error("x"), { grpcStatus: throwing("code") })],
  ["a component that is no text", () => Object.assign(new FerruleError("A_B", "x"), { componentId: 7 })],
  ["a hundred thousand causes", () => deep(100_000)],
  ["errors in errors", () => nested(20_000)],
];

test.each(ODD_ERRORS)("a handler may throw %s, now or later", async (_, make) => {
  const runtime = await openForTest();
  const rust = await runtime.start("caller");
  runtime.provide("now", () => {
    throw make();
  });
  runtime.provide("later", async () => {
    await null;
    throw make();
  });
  for (const name of ["now", "later"]) {
    expect((await rejection(rust.call("ask", { name }))).message).not.toBe("");
  }
  expect(runtime.stats().answering).toBe(0);
});

const ODD_ANSWERS: [string, () => unknown][] = [
  ["a proxy of bytes", () => new Proxy(new Uint8Array(3), {})],
  ["what only looks like bytes", () => Object.create(Uint8Array.prototype) as unknown],
  ["an object whose class throws", () => Object.defineProperty({}, "constructor", { get: () => revoked() })],
  ["a proxy that was revoked", revoked],
];

test.each(ODD_ANSWERS)("a handler may answer %s, now or later: it is refused", async (_, make) => {
  const runtime = await openForTest();
  const rust = await runtime.start("caller");
  runtime.provide("now", () => make() as Uint8Array);
  // Not by a promise of the language, which would look at what it is resolved with.
  runtime.provide("later", async () => [make()].map((each) => each)[0] as Uint8Array);
  for (const name of ["now", "later"]) {
    expect((await rejection(rust.call("ask", { name }))).message).not.toBe("");
  }
  expect(runtime.stats().answering).toBe(0);
});
