import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ExtensionFactory } from "../../dist/component/extension.js";
import { FerruleError, ProtocolError } from "../../dist/core/errors.js";
import type { ServiceOptions } from "../../dist/service/options.js";
import { Service } from "../../dist/service/service.js";
import { validateService } from "../../dist/service/validate.js";
import { confOf } from "../support/conf.js";
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
afterEach(() => {
  vi.useRealTimers();
});

/** How a service tells a fatal error whose text is `gone`. */
const GONE = 'extension "rust_sample/one" reported a fatal error: gone';

type Scripts = Record<string, Script | Record<string, unknown>>;

/**
 * Rust extensions (`rust_sample`) and scripted ones (`alpha`, `beta`) under one service; statuses are among the events.
 */
function options(extensions: Scripts, more: Partial<ServiceOptions> = {}): ServiceOptions {
  return {
    config: { extensions, service: { extensions: Object.keys(extensions) } },
    runtime,
    factories: scriptedFactories(["alpha", "beta"], events) as ExtensionFactory[],
    logger,
    onStatus: ({ id, status, error }) =>
      events.push(`${id}=${status}${error === undefined ? "" : `:${error.message}`}`),
    ...more,
  };
}
const service = (extensions: Scripts, more?: Partial<ServiceOptions>) => new Service(options(extensions, more));

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: Error) => error.message,
  );
/** Runs until ready, then shuts down. Resolves with what `run` ended with. */
async function runOnce(subject: Service): Promise<unknown> {
  const run = outcome(subject.run());
  await outcome(subject.start());
  await outcome(subject.shutdown());
  return run;
}
/** Nothing is left, whatever happened. */
function expectClean(subject: Service): void {
  expect({ state: subject.state, live: [...runtime.live], holds: runtime.holds, closed: runtime.closed }).toEqual({
    state: "Closed",
    live: [],
    holds: 0,
    closed: 0,
  });
}

describe("a whole life", () => {
  const chain = { alpha: { depends_on: ["rust_sample/one"] }, "rust_sample/one": { depends_on: ["beta"] }, beta: {} };

  test("created in the order of the list, started dependencies first, stopped in reverse", async () => {
    const subject = service(chain);
    expect(subject.state).toBe("Starting");
    await subject.start();
    expect([subject.state, [...subject.extensions.keys()]]).toEqual(["Running", ["beta", "rust_sample/one", "alpha"]]);
    await subject.shutdown();
    expect(events).toEqual([
      "create:alpha",
      "create:beta",
      "beta=Starting",
      "start:beta",
      "beta=OK",
      "rust_sample/one=Starting",
      "start:rust_sample/one",
      "rust_sample/one=OK",
      "alpha=Starting",
      "start:alpha",
      "alpha=OK",
      "ready:beta",
      "ready:rust_sample/one",
      "ready:alpha",
      "notready:beta",
      "notReady:rust_sample/one",
      "notready:alpha",
      "alpha=Stopping",
      "stop:alpha",
      "alpha=Stopped",
      "rust_sample/one=Stopping",
      "shutdown:rust_sample/one",
      "rust_sample/one=Stopped",
      "beta=Stopping",
      "stop:beta",
      "beta=Stopped",
    ]);
    expectClean(subject);
  });

  test("Rust gets the host, the deadline and its own configuration", async () => {
    const buildInfo = { command: "mine", description: "", version: "1.2.3", timestamp: "2026-01-01T00:00:00Z" };
    await runOnce(
      service(
        { "rust_sample/one": { timeout_ms: 7, depends_on: ["beta"] }, beta: {} },
        { buildInfo, startTimeout: 9_000 },
      ),
    );
    expect(runtime.startConfig.get("rust_sample/one")).toBe('{"timeout_ms":7}');
    expect(runtime.startOptions.get("rust_sample/one")).toMatchObject({
      deadline: 9_000,
      host: {
        buildVersion: "1.2.3",
        buildCommand: "mine",
        buildTimestamp: "2026-01-01T00:00:00Z",
        extensions: ["beta", "rust_sample/one"],
      },
    });
  });

  test("is told in the log: one line says that it is ready", async () => {
    await runOnce(service({ "rust_sample/one": {}, alpha: {} }));
    const ready = logger.lines.filter(({ message }) => message === "service is ready");
    expect(ready).toEqual([
      { level: "info", fields: { extensions: 2, pid: process.pid }, message: "service is ready" },
    ]);
    expect(logger.lines.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
  });

  test("without extensions it runs too, and an extension listed twice is created twice and runs once", async () => {
    expect(await runOnce(new Service({ ...options({ alpha: {} }), config: { extensions: { alpha: {} } } }))).toBe(null);
    expect(events).toEqual([]);
    const twice = confOf("extensions: {alpha: }\nservice:\n  extensions: [alpha, alpha]\n", "s.yaml");
    expect(await runOnce(new Service({ ...options({}), config: twice }))).toBe(null);
    // Created twice, as upstream; `create` opens nothing that would have to be closed.
    expect(events.filter((event) => !event.includes("="))).toEqual([
      "create:alpha",
      "create:alpha",
      "start:alpha",
      "ready:alpha",
      "notready:alpha",
      "stop:alpha",
    ]);
    expect(logger.lines.filter(({ fields }) => "place" in fields)).toEqual([
      {
        level: "warn",
        fields: { component: "alpha", place: "s.yaml:3:23" },
        message: "service::extensions lists the extension again: it runs once",
      },
    ]);
  });
});

describe("a failed start", () => {
  const three = { alpha: {}, "rust_sample/two": {}, beta: {} };

  test("every created component is shut down in reverse, those that never started answer at once", async () => {
    runtime.behaviour["rust_sample/two"] = { failStart: "boom" };
    const subject = service({ ...three, "rust_sample/three": {} });
    const error = await subject.run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "ServiceError",
      code: "SERVICE_FAILED",
      componentId: "rust_sample/two",
      message: "failed to start extensions: rust extension start failed: boom",
      cause: { name: "ExtensionError", rustText: "boom" },
    });
    expect(events.slice(2)).toEqual([
      "alpha=Starting",
      "start:alpha",
      "alpha=OK",
      "rust_sample/two=Starting",
      "start:rust_sample/two",
      "rust_sample/two=PermanentError:rust extension start failed: boom",
      "notready:alpha",
      "notready:beta",
      "stop:beta",
      "rust_sample/two=Stopping",
      "rust_sample/two=Stopped",
      "alpha=Stopping",
      "stop:alpha",
      "alpha=Stopped",
    ]);
    expect(await outcome(subject.shutdown())).toBe(null);
    expectClean(subject);
  });

  test("the first error stays first", async () => {
    const failing = {
      alpha: { fail_shutdown: "a", fail_notready: "n" },
      "rust_sample/one": {},
      beta: { fail_start: "boom", fail_shutdown: "b" },
    };
    runtime.behaviour["rust_sample/one"] = { failShutdown: "r" };
    const subject = service(failing);
    const error = await subject.run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ componentId: "beta" });
    expect((error as Error).message).toBe(
      "failed to start extensions: boom; failed to notify that pipeline is not ready: n; " +
        "failed to shutdown extensions: b; rust shutdown failed: r; a",
    );
    expectClean(subject);
  });

  test("a ready notification that fails", async () => {
    const subject = service({ alpha: {}, beta: { fail_ready: "not yet" }, "rust_sample/one": {} });
    expect(await runOnce(subject)).toBe('failed to notify extension "beta": not yet');
    expect(events.filter((event) => !event.includes("="))).toEqual([
      "create:alpha",
      "create:beta",
      "start:alpha",
      "start:beta",
      "start:rust_sample/one",
      "ready:alpha",
      "ready:beta",
      "notready:alpha",
      "notready:beta",
      "notReady:rust_sample/one",
      "shutdown:rust_sample/one",
      "stop:beta",
      "stop:alpha",
    ]);
    expectClean(subject);
  });

  test("one that never ends is named, and the service ends", async () => {
    runtime.behaviour["rust_sample/one"] = { holdStart: true };
    for (const slow of [{ alpha: { hang_start: true } }, { "rust_sample/one": {} }]) {
      const [id] = Object.keys(slow);
      const subject = service(slow, { startTimeout: 1 });
      expect(await outcome(subject.run())).toBe(
        `failed to start extensions: extension "${id}" did not start within 1 ms`,
      );
      expectClean(subject);
    }
  });
});

describe("a build that fails starts nothing", () => {
  test.each([
    [{ alpha: {}, beta: { fail_create: "nope" } }, 'failed to create extension "beta": nope'],
    [{ alpha: { nil_create: true } }, 'factory for "alpha" produced a nil extension'],
    [
      { alpha: { depends_on: ["beta"] }, beta: { depends_on: ["alpha"] } },
      "unable to order extensions by dependencies, cycle found [alpha -> beta -> alpha]",
    ],
    [
      { "rust_sample/x": { depends_on: ["beta"] } },
      "unable to find extension beta on which extension rust_sample/x depends",
    ],
  ])("%j", async (extensions, text) => {
    const subject = service(extensions);
    expect(await outcome(subject.run())).toBe(`failed to build extensions: ${text}`);
    expect(events.filter((event) => !event.startsWith("create:"))).toEqual([]);
    expectClean(subject);
    expect(await outcome(validateService(options(extensions)))).toBe(`failed to build extensions: ${text}`);
  });

  test("a configuration that cannot be used; only a run puts words before what the sections say of each other", async () => {
    const text = 'service::extensions: references extension "beta" which is not configured';
    const config = { extensions: { alpha: {} }, service: { extensions: ["alpha", "beta"] } };
    expect(await outcome(service({}, { config }).run())).toBe(`invalid configuration: ${text}`);
    expect(await outcome(validateService({ ...options({}), config }))).toBe(text);
    const wrong = { "rust_sample/one": { timeout_ms: 0 } };
    const decode =
      /^failed to get config: cannot unmarshal the configuration: .*rust config validation failed: timeout_ms must/s;
    expect(await outcome(service(wrong).run())).toMatch(decode);
    expect(await outcome(validateService(options(wrong)))).toMatch(decode);
    expect(events).toEqual([]);
  });

  test("two factories of one type", async () => {
    const factories = scriptedFactories(["rust_sample"], []) as ExtensionFactory[];
    expect(await outcome(service({}, { factories }).run())).toBe('duplicate component factory "rust_sample"');
  });

  test("validation creates, and starts nothing", async () => {
    await validateService(options({ alpha: {}, "rust_sample/one": {} }));
    expect([events, runtime.closed]).toEqual([["create:alpha"], 0]);
  });
});

describe("shutdown", () => {
  test("before the run, and twice", async () => {
    const subject = service({ alpha: {} });
    await subject.shutdown();
    await subject.shutdown();
    await subject.run();
    expect([subject.state, events, runtime.holds]).toEqual(["Closed", [], 0]);
    expect(await outcome(subject.start())).toBe("the service was shut down before it was ready");
  });

  test("twice at once, and again afterwards", async () => {
    const subject = service({ alpha: {} });
    await subject.start();
    await Promise.all([subject.shutdown(), subject.shutdown()]);
    await subject.shutdown();
    expect(events.filter((event) => event === "stop:alpha")).toHaveLength(1);
    expectClean(subject);
  });

  test("during a start: it is cancelled, everything is shut down, and that is no error", async () => {
    runtime.behaviour["rust_sample/two"] = { holdStart: true };
    const subject = service({ alpha: {}, "rust_sample/two": {}, beta: {} });
    const [run, start] = [outcome(subject.run()), outcome(subject.start())];
    await runtime.reached("start:rust_sample/two");
    expect(await outcome(subject.shutdown())).toBe(null);
    expect(await Promise.all([run, start])).toEqual([null, "the service was shut down before it was ready"]);
    expect(events.slice(5)).toEqual([
      "rust_sample/two=Starting",
      "start:rust_sample/two",
      "notready:alpha",
      "notready:beta",
      "stop:beta",
      "rust_sample/two=Stopping",
      "rust_sample/two=Stopped",
      "alpha=Stopping",
      "stop:alpha",
      "alpha=Stopped",
    ]);
    expectClean(subject);
  });

  test("between two steps: the next one is not begun", async () => {
    for (const [last, next] of [
      ["alpha=OK", "start:beta"],
      ["beta=OK", "ready:alpha"],
    ]) {
      events.length = 0;
      const subject: Service = service(
        { alpha: {}, beta: {} },
        {
          onStatus: ({ id, status }) => {
            events.push(`${id}=${status}`);
            if (events.at(-1) === last) void subject.shutdown();
          },
        },
      );
      expect(await outcome(subject.run())).toBe(null);
      expect(events.slice(events.indexOf(last!), events.indexOf(last!) + 2)).toEqual([last, "notready:alpha"]);
      expect(events).not.toContain(next);
      expectClean(subject);
    }
  });

  test("that fails goes on, and joins what failed", async () => {
    runtime.behaviour["rust_sample/one"] = { failShutdown: "stuck" };
    const subject = service({
      "rust_sample/one": {},
      alpha: { fail_shutdown: "a", fail_notready: "n" },
      beta: { fail_notready: "m" },
    });
    const run = outcome(subject.run());
    await subject.start();
    const text =
      "failed to shutdown service after error: failed to notify that pipeline is not ready: n; m; " +
      "failed to shutdown extensions: a; rust shutdown failed: stuck";
    expect(await outcome(subject.shutdown())).toBe(text);
    expect(await run).toBe(text);
    expect(events.filter((event) => event.includes("PermanentError"))).toEqual([
      "alpha=PermanentError:a",
      "rust_sample/one=PermanentError:rust shutdown failed: stuck",
    ]);
    expectClean(subject);
  });

  test("that never ends is named, and the others are still shut down", async () => {
    const subject = service({ beta: {}, alpha: { hang_shutdown: true } }, { shutdownTimeout: 1 });
    const text = 'extension "alpha" did not shut down within 1 ms';
    expect(await runOnce(subject)).toBe(
      `failed to shutdown service after error: failed to shutdown extensions: ${text}`,
    );
    expect(events.at(-1)).toBe("beta=Stopped");
    expectClean(subject);
  });

  test("waits between not-ready and the stop, when it was ready", async () => {
    await runOnce(service({ alpha: {} }, { shutdownDelay: 1 }));
    const failed = service({ alpha: { fail_start: "boom" } }, { shutdownDelay: 2 ** 30 });
    expect(await outcome(failed.run())).toBe("failed to start extensions: boom");
    const waits = logger.lines.filter(({ message }) => message === "waiting before extensions are shut down");
    expect(waits.map(({ fields }) => fields)).toEqual([{ delay_ms: 1 }]);
  });
});

describe("statuses from Rust", () => {
  const report = (status: string, error?: string, componentId = "rust_sample/one") =>
    runtime.report({ componentId, status, ...(error === undefined ? {} : { error }) });

  test("are told when the move is legal, and dropped when they name nothing", async () => {
    const subject = service({ "rust_sample/one": {} });
    await subject.start();
    events.length = 0;
    report("RecoverableError", "disk");
    report("OK");
    report("Stopped");
    report("Nonsense");
    report("OK", undefined, "rust_sample/other");
    expect(events).toEqual(["rust_sample/one=RecoverableError:disk", "rust_sample/one=OK"]);
    expect(logger.lines.filter(({ level }) => level === "warn")).toHaveLength(3);
    await subject.shutdown();
    const lines = logger.lines.length;
    report("FatalError", "late");
    report("Nonsense");
    expect([subject.fatalError, logger.lines.length]).toEqual([undefined, lines]);
  });

  test("a report during the start is kept", async () => {
    runtime.behaviour["rust_sample/one"] = { holdStart: true };
    const subject = service({ "rust_sample/one": {} });
    const start = subject.start();
    await runtime.reached("start:rust_sample/one");
    report("RecoverableError", "warming up");
    runtime.release("start:rust_sample/one");
    await start;
    expect(events).not.toContain("rust_sample/one=OK");
    await subject.shutdown();
  });

  test("a fatal one while running ends the service, without an error of the run", async () => {
    const subject = service({ "rust_sample/one": {}, alpha: {} });
    const run = outcome(subject.run());
    await subject.start();
    events.length = 0;
    report("FatalError", "gone");
    report("FatalError", "again");
    expect(await run).toBe(null);
    expect(subject.fatalError).toMatchObject({
      message: GONE,
      componentId: "rust_sample/one",
      cause: { message: "gone" },
    });
    expect(events).toEqual([
      "rust_sample/one=FatalError:gone",
      "notReady:rust_sample/one",
      "notready:alpha",
      "alpha=Stopping",
      "stop:alpha",
      "alpha=Stopped",
      "shutdown:rust_sample/one",
    ]);
    expectClean(subject);
  });

  test("a fatal one during start or shutdown is what the run ends with", async () => {
    // A start that goes on after its own fatal error is cancelled a second later.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    runtime.behaviour["rust_sample/one"] = { holdStart: true };
    const starting = service({ alpha: {}, "rust_sample/one": {} });
    const started = outcome(starting.start());
    await runtime.reached("start:rust_sample/one");
    report("FatalError", "gone");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await outcome(starting.run())).toBe(GONE);
    expect(await started).toBe(GONE);
    expectClean(starting);

    events.length = 0;
    runtime.behaviour["rust_sample/one"] = { holdShutdown: true };
    const stopping = service({ alpha: { fail_shutdown: "a" }, "rust_sample/one": {} });
    await stopping.start();
    const stopped = outcome(stopping.shutdown());
    await runtime.reached("shutdown:rust_sample/one");
    report("FatalError", "gone");
    runtime.release("shutdown:rust_sample/one");
    expect(await stopped).toBe(`failed to shutdown service after error: failed to shutdown extensions: a; ${GONE}`);
    expectClean(stopping);
  });

  test("a fatal one, and then the refusal of the start: both are told, and nothing further is begun", async () => {
    runtime.behaviour["rust_sample/one"] = { holdStart: true, failStart: "no disk" };
    const subject = service({ "rust_sample/one": {}, alpha: {} });
    const started = outcome(subject.start());
    const ended = subject.run().catch((thrown: unknown) => thrown);
    await runtime.reached("start:rust_sample/one");
    report("FatalError", "gone");
    runtime.release("start:rust_sample/one");
    const text = `${GONE}; failed to start extensions: rust extension start failed: no disk`;
    expect(await ended).toMatchObject({
      message: text,
      cause: { message: GONE },
      errors: [{ message: GONE, cause: { message: "gone" } }, { cause: { rustText: "no disk" } }],
    });
    expect(await started).toBe(text);
    expect(events).not.toContain("start:alpha");
    expectClean(subject);
  });

  test("a fatal one, and then a start that succeeds: nothing further is begun", async () => {
    runtime.behaviour["rust_sample/one"] = { holdStart: true };
    const subject = service({ "rust_sample/one": {}, alpha: {} });
    const ended = outcome(subject.run());
    await runtime.reached("start:rust_sample/one");
    report("FatalError", "gone");
    runtime.release("start:rust_sample/one");
    expect(await ended).toBe(GONE);
    expect(events).not.toContain("start:alpha");
    expectClean(subject);
  });

  test("a fatal one without a text names who reported it", async () => {
    const subject = service({ "rust_sample/one": {} });
    await subject.start();
    report("FatalError");
    await subject.run();
    expect(subject.fatalError).toMatchObject({
      message: 'extension "rust_sample/one" reported a fatal error',
      componentId: "rust_sample/one",
    });
  });
});

describe("a runtime that services share", () => {
  test("each hears of its own extensions, and says nothing of the others", async () => {
    const heard: string[] = [];
    const listen = (name: string): Partial<ServiceOptions> => ({
      onStatus: ({ id, status }) => heard.push(`${name}: ${id}=${status}`),
    });
    const [one, two] = [
      service({ "rust_sample/one": {} }, listen("one")),
      service({ "rust_sample/two": {} }, listen("two")),
    ];
    await Promise.all([one.start(), two.start()]);
    heard.length = 0;
    runtime.report({ componentId: "rust_sample/two", status: "RecoverableError", error: "disk" });
    expect(heard).toEqual(["two: rust_sample/two=RecoverableError"]);
    expect(logger.lines.filter(({ message }) => message.startsWith("dropped"))).toEqual([]);
    await Promise.all([one.shutdown(), two.shutdown()]);
  });

  test("an id that runs in one is refused to another, until it is free again", async () => {
    const first = service({ "rust_sample/one": {}, alpha: {} });
    await first.start();
    events.length = 0;
    const second = service({ beta: {}, "rust_sample/one": {} });
    expect(await second.run().catch((thrown: unknown) => thrown)).toMatchObject({
      message:
        'failed to start extensions: extension "rust_sample/one" already runs in another service on the same runtime',
      componentId: "rust_sample/one",
      cause: { code: "ALREADY_STARTED" },
    });
    expect(events).toEqual(["create:beta", "notready:beta", "stop:beta"]);
    runtime.report({ componentId: "rust_sample/one", status: "RecoverableError" });
    expect(events.at(-1)).toBe("rust_sample/one=RecoverableError");
    await first.shutdown();
    expect(await runOnce(service({ beta: {}, "rust_sample/one": {} }))).toBe(null);
  });

  test("ids of TypeScript extensions are nobody else's business", async () => {
    const [one, two] = [service({ alpha: {} }), service({ alpha: {} })];
    await Promise.all([one.start(), two.start()]);
    expect(await Promise.all([outcome(one.shutdown()), outcome(two.shutdown())])).toEqual([null, null]);
  });
});

describe("the end of the runtime", () => {
  const died = new ProtocolError("the Rust side of the runtime ended by itself");

  test("under a running service is a fatal error: what is left is shut down, without the delay", async () => {
    const subject = service({ alpha: {}, "rust_sample/one": {}, beta: {} }, { shutdownDelay: 2 ** 30 });
    const run = outcome(subject.run());
    await subject.start();
    events.length = 0;
    runtime.end(died);
    expect(await run).toBe(null);
    expect(subject.fatalError).toBe(died);
    // Nobody is there any more whom Rust's notification could reach.
    expect(events.filter((event) => !event.includes("="))).toEqual([
      "notready:alpha",
      "notready:beta",
      "stop:beta",
      "shutdown:rust_sample/one",
      "stop:alpha",
    ]);
    expect(logger.lines).toContainEqual({
      level: "error",
      fields: { error: died.message },
      message: "the service stops: its runtime is over",
    });
    expectClean(subject);
  });

  test("during the start, and during the stop, is what the run ends with", async () => {
    runtime.behaviour["rust_sample/one"] = { holdStart: true };
    const starting = service({ alpha: {}, "rust_sample/one": {} });
    const started = outcome(starting.start());
    await runtime.reached("start:rust_sample/one");
    runtime.end(died);
    expect(await outcome(starting.run())).toBe(died.message);
    expect(await started).toBe(died.message);
    expect(events.at(-1)).toBe("alpha=Stopped");
    expectClean(starting);

    runtime = new FakeRuntime();
    runtime.behaviour["rust_sample/one"] = { holdShutdown: true };
    const stopping = service({ "rust_sample/one": {} });
    await stopping.start();
    const stopped = outcome(stopping.shutdown());
    await runtime.reached("shutdown:rust_sample/one");
    runtime.end(died);
    runtime.release("shutdown:rust_sample/one");
    expect(await stopped).toBe(died.message);
    expectClean(stopping);
  });

  test("by a close is one too, unless the service stops", async () => {
    const subject = service({ alpha: {}, "rust_sample/one": {} });
    const run = outcome(subject.run());
    await subject.start();
    runtime.end();
    expect(await run).toBe(null);
    expect(subject.fatalError).toMatchObject({
      code: "RUNTIME_CLOSED",
      message: "the runtime was closed under the service",
    });

    runtime = new FakeRuntime();
    const stopping = service({ alpha: {}, "rust_sample/one": {} });
    await stopping.start();
    const [stopped] = [outcome(stopping.shutdown()), runtime.end()];
    expect([await stopped, stopping.fatalError]).toEqual([null, undefined]);
  });

  test("before the start refuses it: nothing is created", async () => {
    for (const error of [undefined, died]) {
      runtime = new FakeRuntime();
      runtime.end(error);
      const subject = service({ alpha: {} });
      const refused = await subject.start().catch((thrown: unknown) => thrown);
      expect(refused).toBeInstanceOf(FerruleError);
      expect(refused).toMatchObject({ code: "RUNTIME_CLOSED", message: "the runtime is closed", permanent: true });
      expect((refused as Error).cause).toBe(error);
      expect([events, subject.state]).toEqual([[], "Closed"]);
    }
  });
});
