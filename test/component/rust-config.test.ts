import { beforeEach, describe, expect, test } from "vitest";
import { RustComponentConfig } from "../../dist/component/rust-config.js";
import { Conf } from "../../dist/confmap/conf.js";
import { FakeRuntime } from "../support/fake-runtime.js";

const read = (values: Record<string, unknown>) => Conf.fromMap(values);

describe("RustComponentConfig", () => {
  let runtime: FakeRuntime;
  let config: RustComponentConfig;
  beforeEach(() => {
    runtime = new FakeRuntime();
    config = new RustComponentConfig(runtime, "rust_sample");
  });
  const ids = () => config.dependencies.map(String);

  test("unmarshal sends the map as JSON, without depends_on, and an absent section as {}", () => {
    config.unmarshal(read({ timeout_ms: 7, depends_on: ["health_check", " rust_sample / one "] }));
    expect(config.json).toBe('{"timeout_ms":7}');
    expect(ids()).toEqual(["health_check", "rust_sample/one"]);
    config.unmarshal(read({}));
    expect([config.json, ids()]).toEqual(["{}", []]);
    config.unmarshal(read({ depends_on: null }));
    expect(ids()).toEqual([]);
  });

  test("dependencies are the section's, then what Rust states, each once", () => {
    runtime.stated.rust_sample = ["rust_sample/b", "health_check"];
    config.unmarshal(read({ depends_on: ["health_check", "rust_sample/a", "health_check"] }));
    expect(ids()).toEqual(["health_check", "rust_sample/a", "rust_sample/b"]);
  });

  test("Rust's refusal arrives in its own words, and the configuration stays what it was", () => {
    config.unmarshal(read({ timeout_ms: 7, depends_on: ["health_check"] }));
    expect(() => config.unmarshal(read({ timeout_ms: 0, depends_on: ["rust_sample/a"] }))).toThrow(
      expect.objectContaining({
        name: "ConfigError",
        code: "CONFIG_INVALID",
        message: "rust config validation failed: timeout_ms must be greater than 0",
        rustText: "timeout_ms must be greater than 0",
      }),
    );
    expect([config.json, ids()]).toEqual(['{"timeout_ms":7}', ["health_check"]]);
  });

  test.each([
    ["rust_sample", "depends_on: expected a list of extension ids, got a string"],
    [{ a: 1 }, "depends_on: expected a list of extension ids, got a map"],
    [["health_check", 5], "depends_on[1]: expected an extension id, got a number"],
    [[["x"]], "depends_on[0]: expected an extension id, got a list"],
    [[null], "depends_on[0]: expected an extension id, got null"],
    [["a b"], 'depends_on[0]: in "a b" id: invalid character(s) in type "a b"'],
  ])("depends_on: %j", (depends_on, message) => {
    const error = expect.objectContaining({ code: "CONFIG_INVALID", message });
    expect(() => config.unmarshal(read({ depends_on }))).toThrow(error);
  });

  test("marshal gives the map back", () => {
    config.unmarshal(read({ timeout_ms: 7, depends_on: ["health_check"] }));
    const conf = new Conf();
    config.marshal(conf);
    expect(conf.toStringMap()).toEqual({ timeout_ms: 7, depends_on: ["health_check"] });
    const big = { enabled: 2n ** 64n };
    config.unmarshal(read(big));
    const whole = new Conf();
    config.marshal(whole);
    expect(whole.toStringMap()).toEqual(big);
    config.unmarshal(read({ enabled: false }));
    const without = new Conf();
    config.marshal(without);
    expect(without.toStringMap()).toEqual({ enabled: false });
  });

  test("JSON keeps what JSON.stringify would lose, and refuses what it would change", () => {
    const open = new RustComponentConfig(runtime, "health_check");
    const own = JSON.parse('{"__proto__": {"a": 1}, "list": [1, null, "x"]}') as Record<string, unknown>;
    open.unmarshal(read({ big: 2n ** 64n, day: new Date(0) }));
    expect(open.json).toBe('{"big":18446744073709551616,"day":"1970-01-01T00:00:00.000Z"}');
    open.unmarshal(read(own));
    expect(open.json).toBe('{"__proto__":{"a":1},"list":[1,null,"x"]}');
    for (const [value, what] of [
      [Number.NaN, "NaN is no number that JSON knows"],
      [() => 1, "a function is no configuration value"],
    ]) {
      const message = `nested.list[1]: ${what as string}`;
      const error = expect.objectContaining({ code: "CONFIG_INVALID", message });
      expect(() => open.unmarshal(read({ nested: { list: [1, value] } }))).toThrow(error);
    }
  });

  test("one that was never unmarshalled states nothing while it is invalid", () => {
    runtime.stated.rust_sample = ["health_check"];
    expect(new RustComponentConfig(runtime, "rust_sample", '{"timeout_ms":0}').dependencies).toEqual([]);
    expect(ids()).toEqual(["health_check"]);
  });
});
