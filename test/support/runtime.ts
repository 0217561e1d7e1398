/** The real library, opened for a test: just below the wrap of every counter, and checked at its end. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { type OpenOptions, open, type Runtime } from "../../dist/index.js";

const NATIVE = fileURLToPath(new URL("../../dist/native/", import.meta.url));
const LIBRARIES = JSON.parse(readFileSync(`${NATIVE}libraries.json`, "utf8")) as Record<string, { file: string }>;

/** Where a lane starts counting, so that every test crosses the wrap of entries, generations and bytes. */
export const NEAR_WRAP = { firstCursor: 2 ** 32 - 500, firstByteCursor: 2 ** 32 - 512, firstGeneration: 2 ** 32 - 500 };

/** Path of the library of misbehaving extensions. */
export const testLibrary = `${NATIVE}${LIBRARIES["ferrule-test-extensions"]?.file}`;

/** Path of the bundled library. */
export const bundledLibrary = `${NATIVE}${LIBRARIES.ferrule?.file}`;

/** Opens the library of misbehaving extensions. It is closed when the test ends, and nothing may be lost until then. */
export async function openForTest(options: OpenOptions = {}, path = testLibrary): Promise<Runtime> {
  const runtime = await open(path, { ...NEAR_WRAP, ...options });
  onTestFinished(async () => {
    expect(runtime.stats().safetyTimerHits, "wake-ups lost").toBe(0);
    await runtime.close({ grace: 2_000 });
  });
  return runtime;
}

/** A library, the bundled one unless given, open while the tests of a file run. */
export function bundledRuntime(path = bundledLibrary): () => Runtime {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await open(path);
  });
  afterAll(() => runtime.close());
  return () => runtime;
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("it did not reject");
}

/** Bytes that tell their length and place: an echo that mixes two up does not pass. */
export function pattern(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + seed * 17 + (index >>> 8)) & 0xff;
  return bytes;
}
