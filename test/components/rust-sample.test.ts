import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { bundledLibrary, openForTest, pattern, rejection } from "../support/runtime.ts";

async function server(listener: RequestListener): Promise<string> {
  const http = createServer(listener);
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/health`;
}

test("probe sends a request to the endpoint, and answers status and milliseconds", async () => {
  const seen: string[] = [];
  const endpoint = await server((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.writeHead(418).end("short and stout");
  });
  const runtime = await openForTest({}, bundledLibrary);
  const sample = await runtime.start("rust_sample", { endpoint });
  expect(await sample.call("probe")).toEqual({ status: 418, milliseconds: expect.any(Number) });
  expect(seen).toEqual(["GET /health"]);
});

test("a server that does not answer within timeout_ms is a retryable TIMEOUT", async () => {
  const endpoint = await server(() => {});
  const runtime = await openForTest({}, bundledLibrary);
  const sample = await runtime.start("rust_sample/slow", { endpoint, timeout_ms: 40 });
  const error = await rejection(sample.call("probe"));
  expect(error).toMatchObject({ code: "TIMEOUT", retryable: true, permanent: false, componentId: "rust_sample/slow" });
  expect(error.message).toBe(`probe of ${endpoint} had no answer within 40 ms`);
});

test("a server that is not there, and an endpoint that is none, are errors of their own", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  const nobody = await runtime.start("rust_sample/nobody", { endpoint: "http://127.0.0.1:1/" });
  const refused = await rejection(nobody.call("probe"));
  expect(refused).toMatchObject({ code: "PROBE_FAILED", retryable: true });
  expect(refused.message).toMatch(/^probe of http:\/\/127\.0\.0\.1:1\/ failed: .*[Cc]onnection refused/);
  const strange = await runtime.start("rust_sample/strange", { endpoint: "no url" });
  expect(await rejection(strange.call("probe"))).toMatchObject({ code: "PROBE_FAILED", permanent: true });
});

test("without an endpoint probe fails clearly, and echo works", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  const sample = await runtime.start("rust_sample", { endpoint: null });
  const error = await rejection(sample.call("probe"));
  expect(error).toMatchObject({ code: "NO_ENDPOINT", permanent: true });
  expect(error.message).toBe("no endpoint is configured to probe");
  expect(await sample.call("echo", pattern(70))).toEqual(pattern(70));
});

test("a disabled one starts, and refuses calls with DISABLED", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  const sample = await runtime.start("rust_sample", { enabled: false });
  for (const method of ["probe", "echo"]) {
    const error = await rejection(sample.call(method));
    expect(error).toMatchObject({ code: "DISABLED", permanent: true, componentId: "rust_sample" });
  }
});

test("defaults, schema and description come from the library", async () => {
  const runtime = await openForTest({}, bundledLibrary);
  expect(JSON.parse(runtime.defaultConfig("rust_sample"))).toEqual({
    endpoint: "http://localhost:8080",
    timeout_ms: 5_000,
    enabled: true,
  });
  const sample = runtime.components().find(({ type }) => type === "rust_sample");
  expect(sample).toMatchObject({ stability: "Development", configSchema: { additionalProperties: false } });
  expect(sample?.methods.map(({ name, form }) => [name, form])).toEqual([
    ["echo", "bytes"],
    ["probe", "msgpack"],
  ]);
});

test.each([
  ['{"endpoint": ""}', "endpoint cannot be empty when specified"],
  ['{"timeout_ms": 0}', "timeout_ms must be greater than 0"],
  [
    '{"timeout_ms": -1}',
    /^config parse error: timeout_ms: invalid value: integer `-1`, expected u64 at line 1 column 17$/,
  ],
  ['{"enabled": "yes"}', /^config parse error: enabled: invalid type: string "yes", expected a boolean at line 1/],
  [
    '{"nope": 1}',
    /^config parse error: nope: unknown field `nope`, expected one of `endpoint`, `timeout_ms`, `enabled`/,
  ],
  ["[]", "config parse error: .: invalid type: expected an object at line 1 column 1"],
  ["", /^config parse error: \.: EOF while parsing/],
])("the configuration %s is refused by validation and by start, in the same words", async (json, text) => {
  const runtime = await openForTest({}, bundledLibrary);
  let error: unknown;
  try {
    runtime.validateConfig("rust_sample", json);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ name: "ConfigError", code: "CONFIG_INVALID" });
  const { message, rustText } = error as { message: string; rustText: string };
  expect(message).toBe(`rust config validation failed: ${rustText}`);
  if (typeof text === "string") expect(rustText).toBe(text);
  else expect(rustText).toMatch(text);
  const refused = await rejection(runtime.start("rust_sample", json));
  expect(refused.message).toBe(`rust extension start failed: ${rustText}`);
});
