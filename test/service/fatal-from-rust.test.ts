/** A fatal error that Rust reports, at every stage of a service, and where it is told. */
import { describe, expect, test } from "vitest";
import type { ExtensionFactory } from "../../dist/component/extension.js";
import { type Extension, type Runtime, Service, type ServiceOptions } from "../../dist/index.js";
import { openForTest } from "../support/runtime.ts";

const GONE = 'extension "misbehaving/a" reported a fatal error: gone';
const config = (section: object) => ({
  extensions: { "misbehaving/a": section, mine: {} },
  service: { extensions: ["misbehaving/a", "mine"] },
});
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: Error) => error.message,
  );

/** A TypeScript extension beside the one in Rust. */
function mine(parts: Partial<ExtensionFactory> & { readonly extension?: Partial<Extension> } = {}): ExtensionFactory {
  const { extension, ...factory } = parts;
  return {
    type: "mine",
    stability: "Stable",
    createDefaultConfig: () => ({}),
    create: () => ({ start: async () => undefined, shutdown: async () => undefined, ...extension }),
    ...factory,
  };
}

/** A service, and how it ends: what its run says, what it keeps, and what is left of it in Rust. */
function serviceOn(runtime: Runtime, section: object, more: Partial<ServiceOptions> = {}) {
  const service = new Service({ config: config(section), runtime, factories: [mine()], ...more });
  const run = outcome(service.run());
  const end = async () => {
    const text = await run;
    return { run: text, fatal: service.fatalError?.message, state: service.state, handles: await handlesOf(runtime) };
  };
  return { service, end };
}

/** Instances that are left; the drain says it in its next turn. */
async function handlesOf(runtime: Runtime): Promise<number> {
  const look = await runtime.start("echo/look");
  await look.call("echo", new Uint8Array(1));
  await look.shutdown();
  await expect.poll(() => runtime.stats().handles).toBe(0);
  return runtime.stats().handles ?? Number.NaN;
}

/** Has the instance report, by a call to another one. */
async function report(runtime: Runtime, status = "FatalError:gone"): Promise<void> {
  const watcher = await runtime.start("misbehaving/watcher");
  while (!(await watcher.call("report", { name: "a", status })));
  await watcher.shutdown();
}

describe("a fatal error from Rust ends the service", () => {
  test("in its start: the run rejects with it", async () => {
    const { end } = serviceOn(await openForTest(), { report: "FatalError:gone" });
    expect(await end()).toEqual({ run: GONE, fatal: GONE, state: "Closed", handles: 0 });
  });

  test("while another one starts: that start is cancelled, and the run rejects with it", async () => {
    const runtime = await openForTest();
    const start: Extension["start"] = ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("cancelled")));
        void report(runtime);
      });
    const { end } = serviceOn(runtime, { journal: "a" }, { factories: [mine({ extension: { start } })] });
    expect(await end()).toEqual({ run: GONE, fatal: GONE, state: "Closed", handles: 0 });
  });

  test("while it runs: the run resolves, and the service keeps it", async () => {
    const runtime = await openForTest();
    const { service, end } = serviceOn(runtime, { journal: "a" });
    await service.start();
    await report(runtime);
    expect(await end()).toEqual({ run: null, fatal: GONE, state: "Closed", handles: 0 });
  });

  test("while a checked reload creates what is new: as while it runs, and nothing new is started", async () => {
    const runtime = await openForTest();
    let made = 0;
    const started: number[] = [];
    const create: ExtensionFactory["create"] = async () => {
      const number = ++made;
      if (number === 2) await report(runtime);
      return { start: async () => void started.push(number), shutdown: async () => undefined };
    };
    const more = { reload: "checked", factories: [mine({ create })] } as const;
    const { service, end } = serviceOn(runtime, { journal: "a" }, more);
    await service.start();
    expect(await outcome(service.reload())).toBe("the service was shut down");
    expect(await end()).toEqual({ run: null, fatal: GONE, state: "Closed", handles: 0 });
    expect(started).toEqual([1]);
  });

  test.each(["restart", "checked"] as const)("in the stop of a %s reload: the run rejects with it", async (reload) => {
    const runtime = await openForTest();
    const { service, end } = serviceOn(runtime, { report_in_shutdown: "FatalError:gone" }, { reload });
    await service.start();
    expect(await outcome(service.reload())).toBe("the service was shut down");
    expect(await end()).toEqual({ run: GONE, fatal: GONE, state: "Closed", handles: 0 });
  });

  test.each(["restart", "checked"] as const)("in the start of a %s reload: the run rejects with it", async (reload) => {
    const runtime = await openForTest();
    const { service, end } = serviceOn(runtime, {}, { reload });
    await service.start();
    expect(await outcome(service.reload(config({ report: "FatalError:gone" })))).toBe("the service was shut down");
    expect(await end()).toEqual({ run: GONE, fatal: GONE, state: "Closed", handles: 0 });
  });

  test("in its shutdown: the run rejects with it, after what else failed", async () => {
    const section = { report_in_shutdown: "FatalError:gone", shutdown: { fail: "stuck" } };
    const { service, end } = serviceOn(await openForTest(), section);
    await service.start();
    void outcome(service.shutdown());
    const stuck = "failed to shutdown service after error: failed to shutdown extensions: rust shutdown failed: stuck";
    expect(await end()).toEqual({ run: `${stuck}; ${GONE}`, fatal: GONE, state: "Closed", handles: 0 });
  });
});
