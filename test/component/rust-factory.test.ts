import { describe, expect, test } from "vitest";
import { RustComponentConfig } from "../../dist/component/rust-config.js";
import { RustExtensionFactory } from "../../dist/component/rust-factory.js";
import { ComponentId } from "../../dist/core/id.js";
import { silentLogger } from "../../dist/core/logger.js";
import { FakeRuntime } from "../support/fake-runtime.js";

const buildInfo = { command: "test", description: "", version: "1" };
const settings = (id: string) => ({
  id: ComponentId.parse(id),
  logger: silentLogger,
  reportStatus: () => undefined,
  buildInfo,
});

describe("RustExtensionFactory", () => {
  const runtime = new FakeRuntime();
  const factory = new RustExtensionFactory(runtime, { type: "rust_sample", stability: "beta" });

  test("one for each type of the library", () => {
    const all = RustExtensionFactory.all(runtime).map(({ type, stability }) => `${type} ${stability}`);
    expect(all).toEqual(["health_check Beta", "rust_sample Beta"]);
  });

  test("the default configuration is Rust's", () => {
    expect(JSON.parse(factory.createDefaultConfig().json)).toEqual({
      endpoint: "http://localhost:8080",
      timeout_ms: 5000,
      enabled: true,
    });
    expect(factory.createDefaultConfig()).not.toBe(factory.createDefaultConfig());
  });

  test("create makes a wrapper and tells Rust nothing, also with an invalid configuration", () => {
    const config = new RustComponentConfig(runtime, "rust_sample", '{"timeout_ms":0}');
    const extension = factory.create(settings("rust_sample/one"), config);
    expect(extension).toMatchObject({ started: false, handle: undefined, config });
    expect(extension.id.toString()).toBe("rust_sample/one");
    expect(runtime.events).toEqual([]);
  });

  class Other {}
  test.each([
    [null, "null"],
    [undefined, "undefined"],
    [{}, "Object"],
    [new Other(), "Other"],
    [5, "Number"],
    ["{}", "String"],
    [[], "Array"],
    [Object.create(null), "object"],
    [new (class {})(), "object"],
  ])("create refuses a configuration of another kind: %#", (config, kind) => {
    const message = `invalid config type for rust extension, expected RustComponentConfig, got ${kind}`;
    const error = expect.objectContaining({ code: "INVALID_CONFIG_TYPE", componentId: "rust_sample", message });
    expect(() => factory.create(settings("rust_sample"), config as never)).toThrow(error);
    expect(() => factory.dependencies(config as never)).toThrow(message);
  });

  test("create refuses the id of another type", () => {
    const message = 'component type mismatch: component ID "health_check/x" does not have type "rust_sample"';
    const create = () => factory.create(settings("health_check/x"), factory.createDefaultConfig());
    expect(create).toThrow(expect.objectContaining({ code: "INVALID_ID", message }));
  });
});
