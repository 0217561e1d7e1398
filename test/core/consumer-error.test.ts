/** What the open cases do not reach: joined errors of several kinds, delays, counts, and misuse. */
import { expect, test } from "vitest";
import {
  downstream,
  FerruleError,
  failedItemsOf,
  grpcStatusError,
  isDownstream,
  isPermanent,
  isRetryable,
  join,
  partial,
  permanent,
  retryAfterOf,
  retryable,
  toGrpcStatus,
  toHttpStatus,
  withGrpcStatus,
  withHttpStatus,
  wrap,
} from "../../dist/index.js";

const boom = new Error("boom");

test("joined errors are asked one after the other, each with all that is in it", () => {
  const deep = wrap("outer", withHttpStatus(boom, 404));
  const all = join(boom, undefined, deep, withHttpStatus(boom, 503));
  expect(all?.message).toBe("boom\nouter: boom\nboom");
  expect([toHttpStatus(all), isRetryable(all)]).toEqual([404, false]);
  expect([isPermanent(join(boom, permanent(boom))), isDownstream(join(boom, downstream(boom)))]).toEqual([true, true]);
  expect([join(), join(undefined, null)]).toEqual([undefined, undefined]);
});

test("the outermost verdict counts, whatever stands inside", () => {
  const inner = withGrpcStatus(boom, { code: 3, message: "srv" });
  expect(toGrpcStatus(retryable(inner))).toEqual({ code: 14, message: "boom" });
  expect([toHttpStatus(withHttpStatus(inner, 429)), toHttpStatus(permanent(inner))]).toEqual([429, 400]);
});

test("a bare gRPC error is found among joined ones, and the whole text is said", () => {
  const all = join(boom, grpcStatusError({ code: 5, message: "gone" }));
  expect(toGrpcStatus(all)).toEqual({ code: 5, message: "boom\nrpc error: code = NotFound desc = gone" });
  expect(grpcStatusError({ code: 17, message: "" }).message).toBe("rpc error: code = Code(17) desc = ");
});

test("delays and counts are found wherever they stand", () => {
  expect(retryAfterOf(wrap("later", retryable(boom, 250)))).toBe(250);
  expect(retryAfterOf(retryable(boom))).toBeUndefined();
  const some = partial(boom, 3);
  expect([some.message, failedItemsOf(wrap("x", some)), isPermanent(some)]).toEqual(["Permanent error: boom", 3, true]);
  expect(failedItemsOf(boom)).toBeUndefined();
});

test("ferrule's own errors answer by their fields, and leave to their cause what they do not say", () => {
  const told = new FerruleError("X", "told", { httpStatus: 503, downstream: true });
  expect([isRetryable(told), toHttpStatus(told), isDownstream(told), isPermanent(told)]).toEqual([
    true,
    503,
    true,
    false,
  ]);
  const silent = new FerruleError("X", "silent", { cause: withHttpStatus(boom, 429) });
  expect([toHttpStatus(silent), toGrpcStatus(silent).message]).toEqual([429, "boom"]);
  expect(isRetryable(new FerruleError("X", "x", { permanent: true }))).toBeUndefined();
});

test("an error that is its own cause is asked once", () => {
  const loop = new Error("loop");
  loop.cause = loop;
  expect([isPermanent(loop), toHttpStatus(loop)]).toEqual([false, 500]);
});

test.each<[string, () => unknown]>([
  ["an error's HTTP status must be a whole number outside of 200 to 299, got 204", () => withHttpStatus(boom, 204)],
  [
    "an error's gRPC code must be a whole number from 1 on, got 0",
    () => withGrpcStatus(boom, { code: 0, message: "" }),
  ],
  ["an error's gRPC code must be a whole number from 1 on, got 0", () => grpcStatusError({ code: 0, message: "" })],
  ["permanent takes an error, got undefined", () => permanent(undefined)],
  ["after must be a number of milliseconds, got -1", () => retryable(boom, -1)],
  ["failed must be a whole number of items, got 0.5", () => partial(boom, 0.5)],
])("%s", (text, make) => {
  expect(make).toThrow(text);
});
