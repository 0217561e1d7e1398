/** Reading a configuration anew, in both modes, and what may come in between. */
import { beforeEach, describe, expect, test } from "vitest";
import type { ExtensionFactory } from "../../dist/component/extension.js";
import type { Watcher } from "../../dist/confmap/provider.js";
import { Conf } from "../../dist/index.js";
import type { ReloadMode, ServiceOptions } from "../../dist/service/options.js";
import { Service } from "../../dist/service/service.js";
import { FakeRuntime } from "../support/fake-runtime.js";
import { recordingLogger } from "../support/recording-logger.js";
import { type Script, scriptedFactories } from "../support/scripted.js";

let runtime: FakeRuntime;
let events: string[];
let logger: ReturnType<typeof recordingLogger>;
beforeEach(() => {
  runtime = new FakeRuntime();
  events = runtime.events;
  logger = recordingLogger();
});

type Extensions = Record<string, Script | Record<string, unknown>>;
const configOf = (extensions: Extensions) => ({ extensions, service: { extensions: Object.keys(extensions) } });
const service = (extensions: Extensions, more: Partial<ServiceOptions> = {}) =>
  new Service({
    config: configOf(extensions),
    runtime,
    factories: scriptedFactories(["alpha", "beta"], events) as ExtensionFactory[],
    logger,
    onState: (state) => events.push(state),
    ...more,
  });
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: Error) => error.message,
  );
const failed = "failed to setup configuration components: ";

describe.each<[ReloadMode]>([["restart"], ["checked"]])("a reload, %s", (reload) => {
  test("runs what is new, as a fresh start would", async () => {
    const subject = service({ alpha: {}, "rust_sample/one": {} }, { reload });
    await subject.start();
    events.length = 0;
    await subject.reload(configOf({ beta: {}, "rust_sample/one": { timeout_ms: 7 } }));
    const stopped = ["Closing", "notready:alpha", "notReady:rust_sample/one", "shutdown:rust_sample/one", "stop:alpha"];
    const created = ["create:beta"];
    const started = ["start:beta", "start:rust_sample/one", "ready:beta", "ready:rust_sample/one", "Running"];
    expect(events).toEqual(
      reload === "restart"
        ? [...stopped, "Starting", ...created, ...started]
        : [...created, ...stopped, "Starting", ...started],
    );
    expect([[...subject.extensions.keys()], [...runtime.live]]).toEqual([
      ["beta", "rust_sample/one"],
      ["rust_sample/one"],
    ]);
    expect(runtime.startConfig.get("rust_sample/one")).toBe('{"timeout_ms":7}');
    // What was given was taken once: without it the service's own configuration is read again.
    await subject.reload();
    expect([...subject.extensions.keys()]).toEqual(["alpha", "rust_sample/one"]);
    await subject.shutdown();
    expect([subject.state, runtime.live.size]).toEqual(["Closed", 0]);
  });

  test("a start of the new one that fails ends the run, with everything shut down", async () => {
    const subject = service({ alpha: {} }, { reload });
    const run = outcome(subject.run());
    await subject.start();
    const bad = configOf({ "rust_sample/one": {}, beta: { fail_start: "boom", fail_shutdown: "stuck" } });
    const text = `${failed}failed to start extensions: boom; failed to shutdown extensions: stuck`;
    expect(await outcome(subject.reload(bad))).toBe(text);
    expect(await run).toBe(text);
    expect([subject.state, runtime.live.size, runtime.holds]).toEqual(["Starting", 0, 0]);
    expect(await outcome(subject.shutdown())).toBe(null);
    expect(await outcome(subject.reload())).toBe("the service was shut down");
  });

  test("whoever starts a service that a reload has ended hears why", async () => {
    const subject = service({ alpha: {} }, { reload });
    await subject.start();
    const text = `${failed}failed to start extensions: boom`;
    expect(await outcome(subject.reload(configOf({ beta: { fail_start: "boom" } })))).toBe(text);
    expect(await outcome(subject.run())).toBe(text);
    expect(await outcome(subject.start())).toBe(text);
  });

  test("a stop of the old one that fails ends the run, and nothing new is started", async () => {
    const subject = service({ alpha: { fail_shutdown: "stuck" } }, { reload });
    const run = outcome(subject.run());
    await subject.start();
    const text = "failed to shutdown the retiring config: failed to shutdown extensions: stuck";
    expect(await outcome(subject.reload(configOf({ beta: {} })))).toBe(text);
    expect([await run, subject.state]).toEqual([text, "Closing"]);
    expect(events).not.toContain("start:beta");
    // What was built before is shut down, too.
    expect(events.includes("stop:beta")).toBe(reload === "checked");
  });

  test("a shutdown in its middle: the run ends in order, and the reload says why", async () => {
    runtime.behaviour["rust_sample/one"] = { holdShutdown: true };
    const subject = service({ "rust_sample/one": {} }, { reload });
    const run = outcome(subject.run());
    await subject.start();
    const reloaded = outcome(subject.reload(configOf({ beta: {} })));
    await runtime.reached("shutdown:rust_sample/one");
    const stopped = outcome(subject.shutdown());
    runtime.release("shutdown:rust_sample/one");
    expect(await Promise.all([run, reloaded, stopped])).toEqual([null, "the service was shut down", null]);
    expect([subject.state, events.includes("start:beta")]).toEqual(["Closed", false]);
  });

  test("a fatal error in its middle is what the run ends with", async () => {
    runtime.behaviour["rust_sample/one"] = { holdShutdown: true };
    const subject = service({ "rust_sample/one": {} }, { reload });
    const run = outcome(subject.run());
    await subject.start();
    const reloaded = outcome(subject.reload(configOf({ beta: {} })));
    await runtime.reached("shutdown:rust_sample/one");
    runtime.report({ componentId: "rust_sample/one", status: "FatalError", error: "gone" });
    runtime.release("shutdown:rust_sample/one");
    expect(await run).toBe('extension "rust_sample/one" reported a fatal error: gone');
    expect([await reloaded, events.includes("start:beta")]).toEqual(["the service was shut down", false]);
  });
});

describe("a configuration that cannot be used", () => {
  test.each([
    [{ alpha: { nope: 1 } }, /^failed to get config: .*has invalid keys: nope$/s],
    [{ "rust_sample/one": { timeout_ms: 0 } }, /timeout_ms must be greater than 0$/],
    [{ beta: { fail_create: "no" } }, /^failed to build extensions: failed to create extension "beta": no$/],
  ])("%j: ends the run, or leaves the old one running", async (bad, text) => {
    const checked = service({ alpha: {} }, { reload: "checked" });
    await checked.start();
    const before = checked.extensions.get("alpha");
    events.length = 0;
    expect(await outcome(checked.reload(configOf(bad as Extensions)))).toMatch(text);
    expect([checked.state, events.filter((event) => !event.startsWith("create:"))]).toEqual(["Running", []]);
    expect(checked.extensions.get("alpha")).toBe(before);
    expect(logger.lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      "the new configuration cannot be used: the old one still runs",
    ]);
    await checked.reload(configOf({ beta: {} }));
    expect([...checked.extensions.keys()]).toEqual(["beta"]);
    await checked.shutdown();

    const restarted = service({ alpha: {} });
    const run = outcome(restarted.run());
    await restarted.start();
    const message = (await outcome(restarted.reload(configOf(bad as Extensions)))) as string;
    expect(message.startsWith(failed)).toBe(true);
    expect(message.slice(failed.length)).toMatch(text);
    expect([await run, restarted.state]).toEqual([message, "Starting"]);
  });
});

test("reloads that wait are one, which takes the last configuration", async () => {
  runtime.behaviour["rust_sample/one"] = { holdStart: true };
  const subject = service({ "rust_sample/one": {} });
  const started = subject.start();
  await runtime.reached("start:rust_sample/one");
  const waiting = [subject.reload(configOf({ alpha: {} })), subject.reload(configOf({ beta: {} })), subject.reload()];
  runtime.release("start:rust_sample/one");
  await Promise.all([started, ...waiting]);
  expect(events.filter((event) => event.startsWith("create:"))).toEqual(["create:beta"]);
  await subject.shutdown();
});

test("before the run it is misuse, and afterwards too late", async () => {
  const subject = service({ alpha: {} });
  await expect(subject.reload()).rejects.toMatchObject({
    code: "INVALID_STATE",
    message: "the service was not started",
  });
  await subject.start();
  const [stopped, late] = [subject.shutdown(), outcome(subject.reload())];
  expect([await stopped, await late]).toEqual([undefined, "the service was shut down"]);
});

/** Sources that a test changes. */
class ChangingSources {
  extensions: Extensions;
  closed = 0;
  change: Watcher = () => undefined;

  constructor(extensions: Extensions) {
    this.extensions = extensions;
  }

  get unexpanded(): Conf {
    return Conf.fromMap(configOf(this.extensions));
  }

  async resolve(): Promise<Conf> {
    return this.unexpanded;
  }

  watch(listener: Watcher): () => void {
    this.change = listener;
    return () => {
      this.change = () => undefined;
    };
  }

  async shutdown(): Promise<void> {
    this.closed++;
  }
}

describe("sources", () => {
  test("that change are read again, and are closed at the end", async () => {
    const config = new ChangingSources({ alpha: {} });
    const subject = service({}, { config });
    await subject.start();
    config.extensions = { beta: {} };
    config.change({});
    // One that follows is done after it.
    await subject.reload();
    expect([...subject.extensions.keys()]).toEqual(["beta"]);
    await subject.shutdown();
    expect(config.closed).toBe(1);
  });

  test("that cannot be watched any more end the service", async () => {
    const config = new ChangingSources({ alpha: {} });
    const subject = service({}, { config });
    const run = outcome(subject.run());
    await subject.start();
    config.change({ error: new Error("no more watches") });
    expect([await run, subject.fatalError?.message]).toEqual([
      null,
      "failed to watch the configuration: no more watches",
    ]);
  });

  test("whose end fails: that is told first, and the rest is shut down", async () => {
    const config = new ChangingSources({ alpha: { fail_shutdown: "stuck" } });
    config.shutdown = () => Promise.reject(new Error("still open"));
    const subject = service({}, { config });
    await subject.start();
    expect(await outcome(subject.shutdown())).toBe(
      "failed to shutdown config provider: still open; " +
        "failed to shutdown service after error: failed to shutdown extensions: stuck",
    );
  });
});
