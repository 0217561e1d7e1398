import { beforeEach, describe, expect, test } from "vitest";
import type { RustExtension } from "../../dist/component/rust-extension.js";
import { RustExtensionFactory } from "../../dist/component/rust-factory.js";
import { ComponentId } from "../../dist/core/id.js";
import { type Behaviour, FakeRuntime } from "../support/fake-runtime.js";
import { recordingLogger } from "../support/recording-logger.js";

const ID = "rust_sample/one";
const host = {
  info: { buildVersion: "1", buildCommand: "test", buildTimestamp: "", extensions: [ID] },
  getExtensions: () => new Map(),
};

let runtime: FakeRuntime;
let logger: ReturnType<typeof recordingLogger>;
let extension: RustExtension;

function create(behaviour: Behaviour = {}): RustExtension {
  runtime = new FakeRuntime();
  runtime.behaviour[ID] = behaviour;
  logger = recordingLogger();
  const factory = new RustExtensionFactory(runtime, { type: "rust_sample", stability: "Beta" });
  const reportStatus = () => undefined;
  const settings = {
    id: ComponentId.parse(ID),
    logger,
    reportStatus,
    buildInfo: { command: "test", description: "", version: "1" },
  };
  extension = factory.create(settings, factory.createDefaultConfig());
  return extension;
}

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
const state = () => ({ started: extension.started, handle: extension.handle !== undefined, live: runtime.live.size });
const UP = { started: true, handle: true, live: 1 };
const DOWN = { started: false, handle: false, live: 0 };
const debugLines = () =>
  logger.lines.filter(({ message }) => message === "rust extension shutdown called but not started");

const ALREADY = `ALREADY_STARTED: rust extension ${ID} already started`;
const OVER = `SHUT_DOWN: rust extension ${ID} was shut down`;
const ABORTED = "ABORTED: rust extension start call failed: aborted";

beforeEach(() => {
  create();
});

describe("created", () => {
  test("start: one trip with the configuration, the context and the host, then started", async () => {
    expect(state()).toEqual(DOWN);
    await extension.start({ traceId: "f".repeat(32), deadline: 9 }, host);
    expect(state()).toEqual(UP);
    expect(extension.handle?.id).toBe(ID);
    expect(runtime.startConfig.get(ID)).toBe(extension.config.json);
    expect(runtime.startOptions.get(ID)).toMatchObject({ traceId: "f".repeat(32), deadline: 9, host: host.info });
  });

  test("start refused by Rust: nothing is left, and it may be tried again", async () => {
    create({ failStart: "no such host" });
    expect(await outcome(extension.start({}, host))).toBe("EXTENSION_ERROR: rust extension start failed: no such host");
    expect(state()).toEqual(DOWN);
    delete runtime.behaviour[ID]?.failStart;
    expect(await outcome(extension.start({}, host))).toBe("resolved");
    expect(state()).toEqual(UP);
  });

  test("start that does not get through", async () => {
    create({ failCall: "every slot is taken" });
    const text = "RING_FULL: rust extension start call failed: every slot is taken";
    expect(await outcome(extension.start({}, host))).toBe(text);
    expect(state()).toEqual(DOWN);
  });

  test("start with a context that is already cancelled reaches no instance", async () => {
    const text = "ABORTED: rust extension start call failed: context was already cancelled";
    const cause = new Error("gone");
    const started = extension.start({ signal: AbortSignal.abort(cause) }, host);
    await expect(started).rejects.toMatchObject({ cause, componentId: ID });
    expect(await outcome(started)).toBe(text);
    expect(runtime.events).toEqual([]);
    expect(await outcome(extension.start({}, host))).toBe("resolved");
  });

  test("shutdown resolves with one debug line, and the life is over", async () => {
    expect(await outcome(extension.shutdown({}))).toBe("resolved");
    expect(debugLines()).toEqual([
      { level: "debug", fields: { component: ID }, message: "rust extension shutdown called but not started" },
    ]);
    expect(await outcome(extension.start({}, host))).toBe(OVER);
    expect(runtime.events).toEqual([]);
  });

  test("ready and notReady do nothing, a call is refused", async () => {
    expect(await outcome(extension.ready({}))).toBe("resolved");
    expect(await outcome(extension.notReady({}))).toBe("resolved");
    expect(await outcome(extension.call("echo"))).toBe(`NOT_STARTED: rust extension ${ID} is not started`);
    expect(runtime.events).toEqual([]);
  });
});

describe("starting", () => {
  beforeEach(() => {
    create({ holdStart: true });
  });

  test("a second start is refused, and the first goes on", async () => {
    const first = extension.start({}, host);
    expect(await outcome(extension.start({}, host))).toBe(ALREADY);
    runtime.release(`start:${ID}`);
    expect(await outcome(first)).toBe("resolved");
    expect(state()).toEqual(UP);
    expect(runtime.events).toEqual([`start:${ID}`]);
  });

  test("the caller's abort ends it half-way", async () => {
    const controller = new AbortController();
    const started = extension.start({ signal: controller.signal }, host);
    await runtime.reached(`start:${ID}`);
    controller.abort();
    expect(await outcome(started)).toBe(ABORTED);
    expect(state()).toEqual(DOWN);
  });

  test("shutdown aborts it, waits for it, and resolves", async () => {
    const started = outcome(extension.start({}, host));
    await runtime.reached(`start:${ID}`);
    const stopped = outcome(extension.shutdown({}));
    expect(await outcome(extension.start({}, host))).toBe(OVER);
    expect(await Promise.all([started, stopped])).toEqual([ABORTED, "resolved"]);
    expect(runtime.startOptions.get(ID)?.signal?.reason).toMatchObject({ code: "SHUT_DOWN" });
    expect(state()).toEqual(DOWN);
    expect(debugLines()).toEqual([]);
  });

  test("shutdown ends an instance whose start succeeded all the same", async () => {
    create({ holdStart: true, ignoreAbort: true });
    const started = outcome(extension.start({}, host));
    await runtime.reached(`start:${ID}`);
    const stopped = outcome(extension.shutdown({}));
    runtime.release(`start:${ID}`);
    expect(await Promise.all([started, stopped])).toEqual([OVER, "resolved"]);
    expect(runtime.events).toEqual([`start:${ID}`, `shutdown:${ID}`]);
    expect(state()).toEqual(DOWN);
  });

  test("shutdown in the same turn as the start reaches no live instance", async () => {
    create();
    const started = outcome(extension.start({}, host));
    const stopped = outcome(extension.shutdown({}));
    expect(await stopped).toBe("resolved");
    expect(await started).toBe(OVER);
    expect(state()).toEqual(DOWN);
  });

  test("a call is refused", async () => {
    const started = extension.start({}, host);
    expect(await outcome(extension.call("echo"))).toBe(`NOT_STARTED: rust extension ${ID} is not started`);
    runtime.release(`start:${ID}`);
    await started;
  });
});

describe("started", () => {
  beforeEach(async () => {
    create({ failReady: "not yet", failNotReady: "still busy" });
    await extension.start({}, host);
  });

  test("start is refused, and nothing changes", async () => {
    expect(await outcome(extension.start({}, host))).toBe(ALREADY);
    expect(state()).toEqual(UP);
    expect(runtime.events).toEqual([`start:${ID}`]);
  });

  test("calls and notifications reach the instance", async () => {
    expect(await extension.call("echo", new Uint8Array([7]))).toEqual({ method: "echo", payload: new Uint8Array([7]) });
    expect(await outcome(extension.ready({}))).toBe("EXTENSION_ERROR: not yet");
    expect(await outcome(extension.notReady({}))).toBe("EXTENSION_ERROR: still busy");
    expect(runtime.events).toEqual([`start:${ID}`, `ready:${ID}`, `notReady:${ID}`]);
  });

  test("the caller's signal no longer matters", async () => {
    create();
    const controller = new AbortController();
    await extension.start({ signal: controller.signal }, host);
    controller.abort();
    expect(runtime.startOptions.get(ID)?.signal?.aborted).toBe(false);
    expect(state()).toEqual(UP);
  });

  test("shutdown ends it", async () => {
    expect(await outcome(extension.shutdown({}))).toBe("resolved");
    expect(state()).toEqual(DOWN);
    expect(runtime.events).toEqual([`start:${ID}`, `shutdown:${ID}`]);
    expect(debugLines()).toEqual([]);
  });

  test("a failed shutdown is logged, cleans up, and then rejects", async () => {
    create({ failShutdown: "disk full" });
    await extension.start({}, host);
    expect(await outcome(extension.shutdown({}))).toBe("EXTENSION_ERROR: rust shutdown failed: disk full");
    expect(state()).toEqual(DOWN);
    expect(logger.lines.at(-1)).toEqual({
      level: "error",
      fields: { component: ID, error: "rust shutdown failed: disk full" },
      message: "rust extension shutdown failed",
    });
    expect(await outcome(extension.shutdown({}))).toBe("resolved");
    expect(await outcome(extension.start({}, host))).toBe(OVER);
  });
});

describe("over, while the instance is being ended", () => {
  test("start and calls are refused, another shutdown waits for the first and does not fail", async () => {
    create({ holdShutdown: true, failShutdown: "disk full" });
    await extension.start({}, host);
    const first = outcome(extension.shutdown({}));
    await runtime.reached(`shutdown:${ID}`);
    let secondIsOver = false;
    const second = outcome(extension.shutdown({})).finally(() => {
      secondIsOver = true;
    });
    expect(await outcome(extension.start({}, host))).toBe(OVER);
    expect(await outcome(extension.call("echo"))).toBe(OVER);
    expect(secondIsOver).toBe(false);
    runtime.release(`shutdown:${ID}`);
    expect(await Promise.all([first, second])).toEqual([
      "EXTENSION_ERROR: rust shutdown failed: disk full",
      "resolved",
    ]);
    expect(runtime.events).toEqual([`start:${ID}`, `shutdown:${ID}`]);
    expect(debugLines()).toHaveLength(1);
  });
});

describe("over", () => {
  beforeEach(async () => {
    await extension.start({}, host);
    await extension.shutdown({});
  });

  test("shutdown resolves with a debug line, everything else is refused or does nothing", async () => {
    expect(await outcome(extension.shutdown({}))).toBe("resolved");
    expect(debugLines()).toHaveLength(1);
    expect(await outcome(extension.start({}, host))).toBe(OVER);
    expect(await outcome(extension.call("echo"))).toBe(OVER);
    expect(await outcome(extension.ready({}))).toBe("resolved");
    expect(await outcome(extension.notReady({}))).toBe("resolved");
    expect(runtime.events).toEqual([`start:${ID}`, `shutdown:${ID}`]);
    expect(state()).toEqual(DOWN);
  });
});
