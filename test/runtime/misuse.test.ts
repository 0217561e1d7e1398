/** What a user gets who does something wrong: the whole message, word for word. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { open } from "../../dist/index.js";
import * as layout from "../../dist/ring/layout.generated.js";
import { checkPlatform } from "../../dist/runtime/platform.js";
import { filesOfTest } from "../support/files.ts";
import { openForTest, pattern, rejection, testLibrary } from "../support/runtime.ts";

test("a library that is not there", async () => {
  const error = await rejection(open("/nowhere/lib.so"));
  expect(error).toMatchObject({ name: "LibraryError", code: "LIBRARY_NOT_FOUND" });
  expect(error.message).toBe("library not found: /nowhere/lib.so");
});

test("a file that is no library, an empty one, and a directory", async () => {
  const directory = filesOfTest({ "text.so": "hello", "empty.so": "" });
  for (const name of ["text.so", "empty.so"]) {
    const error = await rejection(open(join(directory, name)));
    expect(error.code).toBe("LIBRARY_INVALID");
    expect(error.message).toMatch(new RegExp(`^cannot load ${directory}/${name}: .+`));
  }
  mkdirSync(join(directory, "folder.so"));
  const error = await rejection(open(join(directory, "folder.so")));
  expect(error.message).toBe(`${directory}/folder.so is not a file`);
});

test("a library that is not ferrule's", async () => {
  const { readdirSync } = await import("node:fs");
  const koffi = new URL("../../node_modules/@koromix/", import.meta.url).pathname;
  const addon = readdirSync(koffi, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith(".node"));
  const error = await rejection(open(join(koffi, addon ?? "none")));
  expect(error.code).toBe("LIBRARY_INVALID");
  expect(error.message).toMatch(/ is not a ferrule library: .*ferrule_abi/);
});

test("a library of another layout version names field and both values", async () => {
  // The constant is part of the machine code: a library in which it reads otherwise is what a later version would be.
  const directory = filesOfTest({});
  const path = join(directory, "other.so");
  copyFileSync(testLibrary, path);
  const bytes = readFileSync(path);
  const fingerprint = Buffer.alloc(8);
  fingerprint.writeUInt32LE(layout.FINGERPRINT_LOW, 0);
  fingerprint.writeUInt32LE(layout.FINGERPRINT_HIGH, 4);
  const low = fingerprint.subarray(0, 4);
  let changed = 0;
  for (let at = bytes.indexOf(low); at >= 0; at = bytes.indexOf(low, at + 4)) {
    bytes.writeUInt32LE((layout.FINGERPRINT_LOW ^ 1) >>> 0, at);
    changed++;
  }
  expect(changed, "places of the fingerprint").toBeGreaterThan(0);
  writeFileSync(path, bytes);
  const error = await rejection(open(path));
  expect(error).toMatchObject({ name: "LibraryError", code: "LAYOUT_MISMATCH" });
  const ours = layout.FINGERPRINT_LOW.toString(16);
  const theirs = ((layout.FINGERPRINT_LOW ^ 1) >>> 0).toString(16);
  expect(error.message).toBe(
    `${path} has another memory layout: layout fingerprint (low): the library's is 0x${theirs}, ` +
      `this package has 0x${ours}; build the library against the crates of this ferrule version`,
  );
});

test("an unknown type", async () => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start("nope/a"));
  expect(error).toMatchObject({ code: "UNKNOWN_TYPE", componentId: "nope/a", permanent: true });
  expect(error.message).toBe(
    'rust extension start call failed: unknown type "nope", the library has: asker, caller, configured, echo, misbehaving, needs, peer, sized, typed',
  );
  expect(() => runtime.defaultConfig("nope")).toThrow(
    'unknown type "nope", the library has: asker, caller, configured, echo, misbehaving, needs, peer, sized, typed',
  );
});

test.each([
  ["", "id must not be empty"],
  ["1a", 'in "1a" id: invalid character(s) in type "1a"'],
  ["a/", 'in "a/" id: the part after / should not be empty'],
])("the invalid id %j", async (id, message) => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start(id));
  expect(error.code).toBe("INVALID_ID");
  expect(error.message).toBe(message);
});

test("an unknown method", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("sized/a");
  const error = await rejection(extension.call("frobnicate"));
  expect(error).toMatchObject({ code: "UNKNOWN_METHOD", componentId: "sized/a", permanent: true });
  expect(error.message).toBe('extension sized/a has no method "frobnicate"; its methods: make');
});

test("a call after shutdown", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("sized/a");
  await extension.shutdown();
  const error = await rejection(extension.call("make"));
  expect(error).toMatchObject({ code: "SHUT_DOWN", componentId: "sized/a", permanent: true });
  expect(error.message).toBe("extension sized/a was shut down");
});

test("a payload that is too large", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const error = await rejection(extension.call("echo", new Uint8Array(16 * 2 ** 20 + 1)));
  expect(error).toMatchObject({ code: "PAYLOAD_TOO_LARGE", componentId: "misbehaving/a", permanent: true });
  expect(error.message).toBe("payload of 16777217 bytes, at most 16777216");
  expect(await extension.call("echo", pattern(2))).toEqual(pattern(2));
});

test.each([
  ["a string for bytes", "echo", "text", "method echo takes bytes (a Uint8Array), got string"],
  ["null for bytes", "echo", null, "method echo takes bytes (a Uint8Array), got null"],
  ["an array for bytes", "echo", [1], "method echo takes bytes (a Uint8Array), got Array"],
  ["a function for JSON", "act", () => {}, "method act takes a value, got function"],
  ["a function for MessagePack", "round_trip", () => {}, "method round_trip takes a value, got function"],
])("%s", async (_, method, payload, message) => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const error = await rejection(extension.call(method, payload));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toBe(message);
});

test("what Rust says of a bad argument names the field", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const error = await rejection(extension.call("act", { block: "long" }));
  expect(error).toMatchObject({ name: "ExtensionError", code: "INVALID_ARGUMENT", permanent: true });
  expect(error.message).toMatch(/^block: invalid type: string "long", expected u64/);
});

test("a result that is not of its method's form", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const error = await rejection(extension.call("bytes", 3));
  expect(error).toMatchObject({ code: "CODEC_ERROR", componentId: "misbehaving/a" });
  expect(error.message).toMatch(/^the result of method bytes is not valid json: /);
});

test.each([null, {}, 5])("the signal %j", async (signal) => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const error = await rejection(extension.call("echo", pattern(1), { signal: signal as unknown as AbortSignal }));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toMatch(/^signal must be an AbortSignal, got /);
});

test.each<[unknown, string]>([
  [new Map([["capacity", 5]]), "[object Map] is no configuration value"],
  [{ a: { b: new Set() } }, "a.b: [object Set] is no configuration value"],
  [{ a: Number.NaN }, "a: NaN is no number that JSON knows"],
  [{ a: () => {} }, "a: a function is no configuration value"],
])("a config that would lose something on its way: %#", async (config, text) => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start("sized/a", config));
  expect(error).toMatchObject({ code: "CONFIG_INVALID", componentId: "sized/a" });
  expect(error.message).toBe(`rust extension start call failed: ${text}`);
  const loop: Record<string, unknown> = {};
  loop.inner = { loop };
  expect((await rejection(runtime.start("sized/a", loop))).message).toMatch(/inner\.loop: it holds itself$/);
});

test.each([null, 5, {}])("the id %j", async (id) => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start(id as unknown as string));
  expect(error).toMatchObject({ code: "INVALID_ID", message: `id must be a string, got ${String(id)}` });
});

test.each([5, {}, ""])("the path %j", async (path) => {
  const error = await rejection(open(path as string));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toMatch(/^path must be a non-empty string, got /);
});

test("a host that is none", async () => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start("sized", {}, { host: 3 as never }));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", componentId: "sized" });
  expect(error.message).toBe(
    "rust extension start call failed: host must hold build information and a list of extensions, got 3",
  );
});

test("a config that JSON cannot hold", async () => {
  const runtime = await openForTest();
  const error = await rejection(runtime.start("sized/a", () => {}));
  expect(error.message).toBe(
    "rust extension start call failed: config must be a value that JSON can hold, got function",
  );
});

test.each([
  [{ logLevel: "loud" }, "logLevel must be one of debug, info, warn, error, off, got loud"],
  [{ whenFull: "panic" }, 'whenFull must be "wait" or "reject", got panic'],
  [{ logger: 5 }, "logger must be an object with debug, info, warn, error, got 5"],
  [{ onStatus: 5 }, "onStatus must be a function, got 5"],
  [{ waitingMax: -1 }, "waitingMax must be a whole number from 0 on, got -1"],
])("the option %j", async (options, message) => {
  const error = await rejection(open(testLibrary, options as object));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toBe(message);
});

test.each([
  [{ platform: "darwin", arch: "arm64", libc: "unknown" }, "darwin arm64"],
  [{ platform: "win32", arch: "x64", libc: "unknown" }, "win32 x64"],
  [{ platform: "linux", arch: "arm64", libc: "glibc" }, "linux arm64 (glibc)"],
  [{ platform: "linux", arch: "x64", libc: "musl" }, "linux x64 (musl)"],
] as const)("another platform: %j", (platform, found) => {
  let error: unknown;
  try {
    checkPlatform(platform);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ name: "LibraryError", code: "UNSUPPORTED_PLATFORM" });
  expect((error as Error).message).toBe(`ferrule does not run on ${found}; it supports linux x64 (glibc)`);
  expect(() => checkPlatform()).not.toThrow();
});
