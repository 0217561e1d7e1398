import { describe, expect, test } from "vitest";
import { type ChangeEvent, type Provider, Resolver, Retrieved, resolveFiles, type Watcher } from "../../dist/index.js";
import { filesOfTest } from "../support/files.js";
import { resolved, resolverOf, valuesOf } from "../support/resolver.js";

/** A provider that tells what is done with it. */
class Recorder implements Provider {
  readonly scheme: string;
  readonly calls: string[] = [];
  watcher: Watcher | undefined;
  fail: string | undefined;

  constructor(scheme = "rec") {
    this.scheme = scheme;
  }

  async retrieve(uri: string, watcher?: Watcher): Promise<Retrieved> {
    this.calls.push(`retrieve ${uri}`);
    this.watcher = watcher;
    if (uri.endsWith("bad")) throw new Error("no such secret");
    const close = (): void => {
      this.calls.push(`close ${uri}`);
      if (this.fail !== undefined) throw new Error(this.fail);
    };
    return Retrieved.fromYaml(uri.slice(this.scheme.length + 1), { close });
  }

  async shutdown(): Promise<void> {
    this.calls.push("shutdown");
    if (this.fail !== undefined) throw new Error(`${this.fail} too`);
  }
}

describe("sources", () => {
  test.each<[string[], unknown]>([
    [["{a: {x: 1, y: 2}, l: [1, 2]}", "{a: {y: 3}, l: [4]}"], { a: { x: 1, y: 3 }, l: [4] }],
    [["a: {x: 1}", "a: null", "a: {y: 2}"], { a: { y: 2 } }],
    [["a: {x: 1}", "a: {}"], { a: { x: 1 } }],
    [["a: 5", "a: {}"], { a: {} }],
    [["a: '${V}'", "a: {y: 2}"], { a: { y: 2 } }],
    [["{}", ""], {}],
    [["a::b::c: 1", "a: {b::d: 2}"], { a: { b: { c: 1, d: 2 } } }],
    [["{a: {x: 1}, 'a::y': 2}"], { a: { x: 1, y: 2 } }],
    [["{'a::y': 2, a: {x: 1}}"], { a: { x: 1, y: 2 } }],
    [["{a: null, 'a::y': 2}"], { a: { y: 2 } }],
    [["{a: 1, 'a::y': 2}"], { a: { y: 2 } }],
    [["{l: [{'a::b': 1}], 'a::': 2}"], { l: [{ "a::b": 1 }], a: { "": 2 } }],
    [["{1: a}"], undefined],
    [["k: {1: '${V}', l: [{2: b}]}"], { k: { "1": "v", l: [{ "2": "b" }] } }],
  ])("%j", async (texts, expected) => {
    if (expected === undefined) await expect(valuesOf(texts)).rejects.toThrow("unsupported type=map[interface {}]");
    else expect(await valuesOf(texts, { V: "v" })).toEqual(expected);
  });

  test("--set comes last, and is read as YAML", async () => {
    const sets = ["a.b=9", " a.d = [x, y] ", "x/y.z=", "e=${env:V}", "f=x=y"];
    const resolver = resolverOf({ uris: ["yaml:{a: {b: 1, c: 2}}"], sets }, { V: "12" });
    const values = { a: { b: 9, c: 2, d: ["x", "y"] }, "x/y": { z: null }, e: 12, f: "x=y" };
    expect((await resolver.resolve()).toStringMap()).toEqual(values);
    expect(resolver.unexpanded.get("e")).toBe("${env:V}");
    expect(() => resolverOf({ uris: ["yaml:a"], sets: ["a.b"] })).toThrow("missing equal sign");
  });

  test("lists of what a service uses are added to when that is wanted", async () => {
    const append = async (...texts: string[]): Promise<unknown> => {
      const uris = texts.map((text) => `yaml:${text}`);
      return (await resolverOf({ uris, appendLists: true }).resolve()).toStringMap();
    };
    const pipelines = (list: string) =>
      `service: {extensions: ${list}, pipelines: {t: {receivers: ${list}, processors: ${list}}}}`;
    expect(await append(pipelines("[a, {b: 1}]"), pipelines("[{b: 1}, c]"))).toEqual({
      service: {
        extensions: ["a", { b: 1 }, "c"],
        pipelines: { t: { receivers: ["a", { b: 1 }, "c"], processors: [{ b: 1 }, "c"] } },
      },
    });
    expect(await append("service: {extensions: [a]}", "service: {extensions: null}")).toEqual({
      service: { extensions: null },
    });
    expect(await append("service: {extensions: {a: 1}}", "service: {extensions: [a]}")).toEqual({
      service: { extensions: ["a"] },
    });
    await expect(append("service: {extensions: null}", "service: {extensions: [a]}")).rejects.toThrow(
      "cannot append to service::extensions: the list is laid over a nil",
    );
  });

  test("what it is given must make sense", () => {
    const make =
      (uris: string[], providers?: Provider[], defaultScheme = "rec") =>
      () =>
        new Resolver({ uris, ...(providers === undefined ? { defaultScheme: "env" } : { providers, defaultScheme }) });
    const invalid = "invalid 'confmap.ResolverSettings' configuration: ";
    expect(make([])).toThrow(expect.objectContaining({ message: `${invalid}no URIs` }));
    expect(make(["a"], [])).toThrow(expect.objectContaining({ message: `${invalid}no Providers` }));
    expect(make(["rec:a"], [new Recorder("r")])).toThrow("invalid 'confmap.Provider' scheme \"r\"");
    expect(make(["rec:a"], [new Recorder(), new Recorder()])).toThrow("duplicate 'confmap.Provider' scheme \"rec\"");
    expect(make(["rec:a"], [new Recorder()], "env")).toThrow(`${invalid}DefaultScheme not found in providers list`);
    expect(make(["ENV:V"])).toThrow('unsupported scheme on URI "ENV:V"');
    expect(make(["${env:F}"])).toThrow('invalid uri: "${env:F}"');
    expect(make(["file:a"], [new Recorder()])).toThrow('unsupported scheme on URI "file:a"');
  });
});

describe("providers of others", () => {
  test("are asked in order, closed before the next time, and shut down at the end", async () => {
    const provider = new Recorder();
    const resolver = new Resolver({ uris: ["rec:a: ${rec:1}", "rec:b: 2"], providers: [provider], defaultScheme: "" });
    for (let time = 0; time < 2; time++) expect((await resolver.resolve()).toStringMap()).toEqual({ a: 1, b: 2 });
    expect(provider.watcher).toBeUndefined();
    await Promise.all([resolver.shutdown(), resolver.shutdown()]);
    const retrieved = ["rec:a: ${rec:1}", "rec:b: 2", "rec:1"];
    const asked = retrieved.map((uri) => `retrieve ${uri}`);
    const closed = retrieved.map((uri) => `close ${uri}`);
    expect(provider.calls).toEqual([...asked, ...closed, ...asked, ...closed, "shutdown"]);
    await expect(resolver.resolve()).rejects.toMatchObject({ code: "INVALID_STATE" });
  });

  test("that fail are named by what they say, with the place of the reference", async () => {
    const resolver = new Resolver({ uris: ["rec:bad"], providers: [new Recorder()], defaultScheme: "" });
    await expect(resolver.resolve()).rejects.toMatchObject({
      problems: [{ text: "cannot retrieve the configuration: no such secret" }],
    });
  });

  test("that cannot be closed do not keep the others open", async () => {
    const [one, other] = [new Recorder(), new Recorder("other")];
    const resolver = new Resolver({ uris: ["rec:{}", "other:{}"], providers: [one, other], defaultScheme: "" });
    await resolver.resolve();
    one.fail = "stuck";
    await expect(resolver.resolve()).rejects.toThrow("cannot close previous watch: stuck");
    await expect(resolver.shutdown()).rejects.toThrow("stuck too");
    expect(other.calls).toEqual(["retrieve other:{}", "close other:{}", "shutdown"]);
  });

  test("raise one change until the next resolve, and none of what is closed", async () => {
    const provider = new Recorder();
    const events: ChangeEvent[] = [];
    const onChange = (event: ChangeEvent): void => void events.push(event);
    const resolver = new Resolver({ uris: ["rec:{}"], providers: [provider], defaultScheme: "", onChange });
    await resolver.resolve();
    const first = provider.watcher;
    first?.({});
    first?.({ error: "late" });
    expect(events).toEqual([{}]);
    await resolver.resolve();
    first?.({});
    expect(events).toHaveLength(1);
    provider.watcher?.({ error: "gone" });
    expect(events).toEqual([{}, { error: "gone" }]);
    await resolver.resolve();
    const last = provider.watcher;
    await resolver.shutdown();
    last?.({});
    expect(events).toHaveLength(2);
  });
});

test("a section that is null or absent is known from an empty one", async () => {
  const conf = await resolved("{a: null, b: {}, c: '${V}', d: '${W}', e: 1}", { V: "", W: "{x: 1}" });
  expect(["a", "b", "c", "d", "f"].map((path) => conf.sub(path).isAbsent)).toEqual([true, false, true, false, true]);
  expect(conf.sub("d").toStringMap()).toEqual({ x: 1 });
  expect([conf.isSet("d::x"), conf.isSet(["d", "x"]), conf.allKeys()]).toEqual([
    false,
    true,
    ["a", "b", "c", "d", "e"],
  ]);
  expect(() => conf.sub("e")).toThrow("unexpected sub-config value kind for key:e value:1 kind:int");
});

test("keys are deleted with what becomes empty by it", async () => {
  const conf = await resolved("{a: {b: {c: 1}, d: 2}, e: 3}");
  expect(["a::b::c", "a::b", "nope", "e"].map((path) => conf.delete(path))).toEqual([true, false, false, true]);
  expect(conf.toStringMap()).toEqual({ a: { d: 2 } });
  expect([conf.delete(""), conf.toStringMap()]).toEqual([true, {}]);
});

test("a key that is no text is shown", async () => {
  const directory = filesOfTest({ "a.yaml": "a: 1\n2: b" });
  await expect(resolveFiles([`${directory}/a.yaml`])).rejects.toMatchObject({
    notes: [`${directory}/a.yaml:2:1`, "this key is no text: put it in quotes"],
  });
});

test("resolving once needs a source", async () => {
  await expect(resolveFiles([])).rejects.toThrow("at least one config flag must be provided");
  expect((await resolveFiles(["yaml:a: 1"], { sets: ["a=2"] })).get("a")).toBe(2);
});
