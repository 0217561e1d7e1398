/** What an extension says of a failure arrives without loss, from wherever it was called. */
import { expect, test } from "vitest";
import {
  BatchError,
  ExtensionError,
  failedItemsOf,
  isDownstream,
  isPermanent,
  isRetryable,
  retryAfterOf,
  toGrpcStatus,
  toHttpStatus,
} from "../../dist/index.js";
import { openForTest, rejection } from "../support/runtime.ts";

test("every kind of error crosses, with its codes, its delay, and all of its causes", async () => {
  const runtime = await openForTest();
  const peer = await runtime.start("peer/a");
  const error = await rejection(
    peer.call("fail", {
      message: "no space",
      code: "FULL",
      downstream: true,
      retry_after: 1_500,
      grpc: [8, "quota"],
      cause: { message: "disk", http: 507, permanent: true, cause: { message: "write", foreign_cause: true } },
    }),
  );
  expect(error).toBeInstanceOf(ExtensionError);
  expect(error).toMatchObject({
    code: "FULL",
    message: "no space",
    permanent: false,
    retryable: true,
    downstream: true,
    retryAfter: 1_500,
    grpcStatus: { code: 8, message: "quota" },
    componentId: "peer/a",
    method: "fail",
  });
  const disk = error.cause as Error & Record<string, unknown>;
  expect(disk).toMatchObject({ message: "disk", httpStatus: 507, permanent: true, code: "EXTENSION_ERROR" });
  const write = disk.cause as Error;
  expect([write.message, (write.cause as Error).cause]).toEqual(["write", undefined]);
  expect((write.cause as Error).message).toContain("error");
  expect([isPermanent(error), isRetryable(error), isDownstream(error)]).toEqual([true, true, true]);
  expect([retryAfterOf(error), toHttpStatus(error), toGrpcStatus(error)]).toEqual([
    1_500,
    429,
    { code: 8, message: "quota" },
  ]);
});

test.each<[object, { http: number; grpc: number; retryable: boolean | undefined; permanent: boolean }]>([
  [{ message: "x" }, { http: 500, grpc: 2, retryable: undefined, permanent: false }],
  [
    { message: "x", permanent: true },
    { http: 500, grpc: 2, retryable: undefined, permanent: true },
  ],
  [
    { message: "x", retryable: true },
    { http: 503, grpc: 14, retryable: true, permanent: false },
  ],
  [
    { message: "x", http: 404 },
    { http: 404, grpc: 12, retryable: false, permanent: false },
  ],
  [
    { message: "x", http: 503 },
    { http: 503, grpc: 14, retryable: true, permanent: false },
  ],
  [
    { message: "x", permanent: true, http: 503 },
    { http: 503, grpc: 14, retryable: true, permanent: true },
  ],
  [
    { message: "x", grpc: [16, "who"] },
    { http: 401, grpc: 16, retryable: false, permanent: false },
  ],
])("an error of kind %j means the same as one made in TypeScript", async (failure, { http, grpc, ...flags }) => {
  const runtime = await openForTest();
  const peer = await runtime.start("peer/a");
  const error = await rejection(peer.call("fail", failure));
  expect([toHttpStatus(error), toGrpcStatus(error).code]).toEqual([http, grpc]);
  expect({ retryable: isRetryable(error), permanent: isPermanent(error) }).toEqual(flags);
});

test("a partial success says how many items failed", async () => {
  const runtime = await openForTest();
  const peer = await runtime.start("peer/a");
  const error = await rejection(peer.call("fail", { message: "some", partial: 7 }));
  expect([failedItemsOf(error), isPermanent(error)]).toEqual([7, true]);
});

test("the method is named whichever way it was called", async () => {
  const runtime = await openForTest();
  const peer = await runtime.start("peer/a");
  const wanted = { componentId: "peer/a", method: "fail", httpStatus: 400 };
  const failure = { message: "x", http: 400 };
  expect(await rejection(peer.call("fail", failure, { deadline: 60_000 }))).toMatchObject(wanted);
  expect(() => peer.callSync("fail", failure)).toThrow(expect.objectContaining(wanted));
  const batch = await rejection(peer.callMany("fail", [failure]));
  expect(batch).toBeInstanceOf(BatchError);
  expect(batch.cause).toMatchObject(wanted);
  const writer = peer.writer("fail");
  writer.write(failure);
  expect((await rejection(writer.end())).cause).toMatchObject(wanted);
  const late = await rejection(peer.call("hang", null, { deadline: 10 }));
  expect(late).toMatchObject({ code: "DEADLINE_EXCEEDED", componentId: "peer/a", method: "hang" });
});
