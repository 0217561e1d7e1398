/** What components in TypeScript see of a service, and say to it: statuses, the configuration, the time they have. */
import { describe, expect, test } from "vitest";
import type { ConfigSnapshot } from "../../dist/component/config-snapshot.js";
import type { Extension, ExtensionFactory } from "../../dist/component/extension.js";
import type { Settings } from "../../dist/component/settings.js";
import { type Conf, Opaque } from "../../dist/index.js";
import type { ServiceOptions } from "../../dist/service/options.js";
import { Service } from "../../dist/service/service.js";
import { recordingLogger } from "../support/recording-logger.js";
import { resolved } from "../support/resolver.js";

const quiet: Extension = { start: async () => undefined, shutdown: async () => undefined };
const never = new Promise<void>(() => undefined);

function factory(type: string, make: (settings: Settings) => Partial<Extension>, defaults: object = {}) {
  const made: ExtensionFactory = {
    type,
    stability: "Alpha",
    createDefaultConfig: () => defaults,
    create: (settings) => ({ ...quiet, ...make(settings) }),
  };
  return made;
}

function service(factories: readonly ExtensionFactory[], more: Partial<ServiceOptions> = {}): Service {
  const types = factories.map(({ type }) => type);
  const extensions = Object.fromEntries(types.map((type) => [type, null]));
  return new Service({ config: { extensions, service: { extensions: types } }, library: false, factories, ...more });
}

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: Error) => error.message,
  );

describe("statuses", () => {
  test("an extension that watches hears all, from before its start until after its end", async () => {
    const heard: string[] = [];
    const subject = service([
      factory("first", () => ({})),
      factory("watching", () => ({
        start: async () => void heard.push("start"),
        componentStatusChanged: ({ instance, status }) => heard.push(`${instance.id}=${status}`),
        shutdown: async () => void heard.push("stop"),
      })),
    ]);
    await subject.start();
    await subject.shutdown();
    expect(heard).toEqual([
      ...["first=Starting", "first=OK", "watching=Starting", "start", "watching=OK"],
      ...["watching=Stopping", "stop", "watching=Stopped", "first=Stopping", "first=Stopped"],
    ]);
  });

  test("one that throws, rejects, or itself reports harms nobody", async () => {
    const heard: string[] = [];
    const logger = recordingLogger();
    const subject = service(
      [
        factory("broken", () => ({
          componentStatusChanged: () => {
            throw new Error("broke");
          },
        })),
        factory("answers", ({ reportStatus }) => ({
          componentStatusChanged: ({ id, status }) => {
            if (`${id}=${status}` === "last=OK") reportStatus("RecoverableError", new Error("saw it"));
          },
        })),
        factory("last", () => ({ componentStatusChanged: ({ id, status }) => heard.push(`${id}=${status}`) })),
      ],
      { logger },
    );
    await subject.start();
    expect(heard.slice(-3)).toEqual(["last=Starting", "last=OK", "answers=RecoverableError"]);
    await subject.shutdown();
    const failures = logger.lines.filter(({ message }) => message === "status listener failed");
    expect(failures.length).toBe(heard.length);
  });

  test.each([["start"], ["configResolved"], ["ready"], ["notReady"], ["shutdown"]] as const)(
    "a fatal error in %s is what the run ends with, by name",
    async (step) => {
      const subject = service([
        factory("one", () => ({})),
        factory("two", ({ reportStatus }) => ({
          [step]: async () => reportStatus("FatalError", new Error("gone")),
        })),
      ]);
      const run = outcome(subject.run());
      void outcome(subject.start().then(() => subject.shutdown()));
      const text = 'extension "two" reported a fatal error: gone';
      expect([await run, subject.fatalError?.message, subject.state]).toEqual([text, text, "Closed"]);
    },
  );

  test("a fatal error while running: the run ends without one", async () => {
    let fail: Settings["reportStatus"] = () => undefined;
    const subject = service([
      factory("one", ({ reportStatus }) => {
        fail = reportStatus;
        return {};
      }),
    ]);
    const run = outcome(subject.run());
    await subject.start();
    fail("FatalError", new Error("gone"));
    expect([await run, subject.fatalError?.componentId]).toEqual([null, "one"]);
    fail("OK");
  });
});

describe("the configuration that is shown", () => {
  const CONFIG = `extensions:
  shown / a: {key: "\${KEY}", path: "\${FILE}"}
  shown/b: {key: hush}
service: {extensions: [shown/a]}
`;

  test("is what runs and what was written, with secrets covered in both", async () => {
    const shown: ConfigSnapshot[] = [];
    const conf: Conf = await resolved(CONFIG, { KEY: "hush", FILE: "/etc/x" });
    const withSecrets = factory("shown", () => ({ configResolved: async (_, snapshot) => void shown.push(snapshot) }));
    const subject = new Service({
      config: conf,
      library: false,
      factories: [{ ...withSecrets, createDefaultConfig: () => ({ key: new Opaque(""), path: "", port: 7 }) }],
    });
    await subject.start();
    await subject.shutdown();
    expect(shown).toHaveLength(1);
    expect(shown[0]?.effective).toEqual({
      receivers: null,
      processors: null,
      exporters: null,
      connectors: null,
      extensions: {
        "shown/a": { key: "[REDACTED]", path: "/etc/x", port: 7 },
        "shown/b": { key: "[REDACTED]", path: "", port: 7 },
      },
      service: { telemetry: { logs: {} }, extensions: ["shown/a"], pipelines: null },
    });
    expect(shown[0]?.unexpanded.extensions).toEqual({
      "shown / a": { key: "[REDACTED]", path: "/etc/x" },
      "shown/b": { key: "[REDACTED]" },
    });
  });

  test("may be refused, by several: the run ends with all of it", async () => {
    const refuses = (type: string) =>
      factory(type, () => ({ configResolved: () => Promise.reject(new Error(`no ${type}`)) }));
    const subject = service([refuses("one"), factory("two", () => ({})), refuses("three")]);
    expect(await outcome(subject.run())).toBe("no one; no three");
  });
});

describe("time", () => {
  test("what is left behind is named and listed", async () => {
    const logger = recordingLogger();
    const hangs = factory("hangs", () => ({ notReady: () => never, shutdown: () => never }));
    const subject = service([factory("one", () => ({})), hangs], { shutdownTimeout: 1, logger });
    await subject.start();
    expect(await outcome(subject.shutdown())).toContain('extension "hangs" did not shut down within 1 ms');
    const abandoned = [
      { componentId: "hangs", step: "take the not-ready notification" },
      { componentId: "hangs", step: "shut down" },
    ];
    expect(subject.abandoned).toEqual(abandoned);
    expect(logger.lines.at(-1)).toEqual({
      level: "warn",
      fields: { abandoned },
      message: "left behind: these steps did not end in time",
    });
  });

  test("all together have a limit too, and what is quick is still shut down after it", async () => {
    const stopped: string[] = [];
    const subject = service(
      [
        factory("quick", () => ({ shutdown: async () => void stopped.push("quick") })),
        factory("slow", () => ({ shutdown: () => never })),
      ],
      { shutdownTimeoutTotal: 5 },
    );
    await subject.start();
    expect(await outcome(subject.shutdown())).toBe(
      "failed to shutdown service after error: failed to shutdown extensions: " +
        'extension "slow" did not shut down within the 5 ms of the whole shutdown',
    );
    expect(stopped).toEqual(["quick"]);
    const starting = service([factory("slow", () => ({ start: () => never }))], { startTimeoutTotal: 5 });
    expect(await outcome(starting.run())).toBe(
      'failed to start extensions: extension "slow" did not start within the 5 ms of the whole start',
    );
  });
});

test("states are told when they begin, past a listener that throws", async () => {
  const states: string[] = [];
  const logger = recordingLogger();
  const subject = service([factory("one", () => ({}))], {
    logger,
    onState: (state) => {
      states.push(state);
      throw new Error("broke");
    },
  });
  await subject.start();
  await subject.reload();
  await subject.shutdown();
  expect(states).toEqual(["Running", "Closing", "Starting", "Running", "Closing", "Closed"]);
  expect(logger.lines.filter(({ message }) => message === "state listener failed")).toHaveLength(6);
});
