import { expect, test } from "vitest";
import { Service, type ServiceOptions } from "../../dist/index.js";
import { FakeRuntime } from "../support/fake-runtime.ts";

const CONFIG = { extensions: { rust_sample: {} }, service: { extensions: ["rust_sample"] } };

test.each<[unknown, string]>([
  [undefined, "options must be an object with a config, got undefined"],
  [null, "options must be an object with a config, got null"],
  [{}, "config must be an object, got undefined"],
  [{ config: 5 }, "config must be an object, got 5"],
  [{ config: {}, startTimeout: "x" }, "startTimeout must be a number of milliseconds from 0 to 2147483647, got x"],
  [
    { config: {}, startTimeout: Number.NaN },
    "startTimeout must be a number of milliseconds from 0 to 2147483647, got NaN",
  ],
  [
    { config: {}, shutdownDelay: 3e9 },
    "shutdownDelay must be a number of milliseconds from 0 to 2147483647, got 3000000000",
  ],
  [{ config: {}, onStatus: 5 }, "onStatus must be a function, got 5"],
  [{ config: {}, factories: {} }, "factories must be a list of extension factories, got [object Object]"],
  [
    { config: {}, logger: { info: () => {} } },
    "logger must be an object with debug, info, warn, error, got [object Object]",
  ],
  [{ config: {}, logger: null }, "logger must be an object with debug, info, warn, error, got null"],
  [{ config: {}, factories: [5] }, "factories must be a list of extension factories, got 5"],
])("options that are none: %#", (options, message) => {
  expect(() => new Service(options as ServiceOptions)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message }),
  );
});

test("a service lives once: start after shutdown rejects", async () => {
  const service = new Service({ config: CONFIG, runtime: new FakeRuntime() });
  await service.start();
  await service.shutdown();
  await expect(service.start()).rejects.toMatchObject({ code: "SHUT_DOWN", message: "the service was shut down" });
});

test("a logger that throws, and a listener that rejects, leave nothing half-stopped", async () => {
  const thrown: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => thrown.push(error));
  try {
    const broken = (): never => {
      throw new Error("logger broke");
    };
    const runtime = new FakeRuntime();
    const service = new Service({
      config: CONFIG,
      runtime,
      logger: { debug: broken, info: broken, warn: broken, error: broken },
      onStatus: async () => {
        throw new Error("listener broke");
      },
    });
    await service.start();
    await service.shutdown();
    expect(service.state).toBe("Closed");
    expect(runtime.holds).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(new Set(thrown.map((error) => (error as Error).message))).toEqual(new Set(["logger broke"]));
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  }
});
