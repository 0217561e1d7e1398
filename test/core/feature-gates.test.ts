import { describe, expect, test } from "vitest";
import { FeatureGates, featureGates } from "../../dist/index.js";

const registry = (): FeatureGates => {
  const gates = new FeatureGates();
  gates.register("c.stable", "Stable", { fromVersion: "v0.1.0", toVersion: "v0.3" });
  gates.register("a.alpha", "Alpha", { description: "an alpha gate" });
  gates.register("b.beta", "Beta", { fromVersion: "0.2.0" });
  gates.register("d.deprecated", "Deprecated", { toVersion: "v1.0.0-rc.1", referenceUrl: "https://example.test/d" });
  return gates;
};
const states = (gates: FeatureGates): string =>
  gates
    .list()
    .map(({ id, isEnabled }) => `${isEnabled ? "" : "-"}${id}`)
    .join(",");

describe("registration", () => {
  test("the stage says how a gate begins, and versions are written out", () => {
    const gates = registry();
    expect(states(gates)).toBe("-a.alpha,b.beta,c.stable,-d.deprecated");
    expect(gates.list().map(({ fromVersion, toVersion }) => [fromVersion, toVersion])).toEqual([
      ["v<nil>", "v<nil>"],
      ["v0.2.0", "v<nil>"],
      ["v0.1.0", "v0.3.0"],
      ["v<nil>", "v1.0.0-rc.1"],
    ]);
    expect(gates.get("d.deprecated")?.referenceUrl).toBe("https://example.test/d");
    expect(gates.isEnabled("nosuch")).toBe(false);
  });

  test.each([
    ["", "Alpha", {}, 'invalid ID "": empty ID'],
    ["a b", "Alpha", {}, 'invalid ID "a b": invalid character(s) in ID'],
    ["a-b", "Alpha", {}, 'invalid ID "a-b": invalid character(s) in ID'],
    ["x", "Gamma", {}, 'unknown stage value "Gamma" for gate "x"'],
    ["x", "Stable", {}, 'no removal version set for Stable gate "x"'],
    ["x", "Deprecated", {}, 'no removal version set for Deprecated gate "x"'],
    [
      "x",
      "Alpha",
      { fromVersion: "soon" },
      'failed to apply option: WithRegisterFromVersion: invalid version "soon": malformed version: soon',
    ],
    [
      "x",
      "Beta",
      { toVersion: "" },
      'failed to apply option: WithRegisterToVersion: invalid version "":  malformed version: ',
    ],
    [
      "x",
      "Stable",
      { fromVersion: "v0.10.0", toVersion: "v0.9.0" },
      'toVersion "0.9.0" is before fromVersion "0.10.0"',
    ],
    ["x", "Alpha", { fromVersion: "v1.0.0", toVersion: "v1.0.0-a" }, 'toVersion "1.0.0-a" is before'],
    ["x", "Alpha", { referenceUrl: "http://[" }, 'WithRegisterReferenceURL: invalid reference URL "http://["'],
    ["a.alpha", "Beta", {}, 'failed to register "a.alpha": gate is already registered'],
  ])("%j %s %j", (id, stage, options, text) => {
    expect(() => registry().register(id, stage as "Alpha", options)).toThrow(text);
  });
});

describe("--feature-gates", () => {
  test.each([
    ["", "-a.alpha,b.beta,c.stable,-d.deprecated"],
    ["a.alpha", "a.alpha,b.beta,c.stable,-d.deprecated"],
    ["+a.alpha,-b.beta", "a.alpha,-b.beta,c.stable,-d.deprecated"],
    ["a.alpha,-a.alpha", "-a.alpha,b.beta,c.stable,-d.deprecated"],
  ])("%j", (text, after) => {
    const gates = registry();
    expect(gates.apply(text)).toEqual([]);
    expect(states(gates)).toBe(after);
  });

  test("a gate that is already as it will stay says so", () => {
    expect(registry().apply("c.stable,-d.deprecated")).toEqual([
      'Feature gate "c.stable" is stable and already enabled. It will be removed in version 0.3.0 and continued use of the gate after version 0.3.0 will result in an error.',
      'Feature gate "d.deprecated" is deprecated and already disabled. It will be removed in version 1.0.0-rc.1 and continued use of the gate after version 1.0.0-rc.1 will result in an error.',
    ]);
  });

  test.each([
    ["-c.stable", 'feature gate "c.stable" is stable, can not be disabled'],
    ["d.deprecated", 'feature gate "d.deprecated" is deprecated, can not be enabled'],
    ["--a.alpha", 'no such feature gate "-a.alpha". valid gates: [a.alpha b.beta c.stable d.deprecated]'],
    ["-c.stable,d.deprecated", 'c.stable" is stable, can not be disabled; feature gate "d.deprecated" is deprecated'],
    ["a.alpha,,b.beta", "empty feature gate identifier at index 1"],
  ])("%j is refused", (text, message) => {
    expect(() => registry().apply(text)).toThrow(message);
  });

  test("what stands after a mistake is done all the same", () => {
    const gates = registry();
    expect(() => gates.apply("nosuch,a.alpha")).toThrow('no such feature gate "nosuch"');
    expect(gates.isEnabled("a.alpha")).toBe(true);
  });
});

test("ferrule's own gates", () => {
  expect(featureGates.list().map(({ id, stage }) => `${id} ${stage}`)).toEqual([
    "confmap.enableMergeAppendOption Alpha",
    "service.AllowNoPipelines Alpha",
    "service.profilesSupport Alpha",
  ]);
});
