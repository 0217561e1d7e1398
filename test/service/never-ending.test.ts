/** Steps that never end, in Rust and in TypeScript: the service ends all the same, and says whose they were. */
import { expect, test } from "vitest";
import type { ExtensionFactory } from "../../dist/component/extension.js";
import { Service } from "../../dist/index.js";
import { openForTest, rejection } from "../support/runtime.ts";
import { scriptedFactories } from "../support/scripted.ts";

const HANGS = [
  ["misbehaving/a", "start", { start: "hang" }],
  ["misbehaving/a", "start", { start: { block: 300 } }],
  ["misbehaving/a", "shut down", { shutdown: "hang" }],
  ["scripted", "start", { hang_start: true }],
  ["scripted", "shut down", { hang_shutdown: true }],
] as const;

test.each(HANGS)("%s does not %s: %j", async (id, step, section) => {
  const runtime = await openForTest();
  const events: string[] = [];
  const service = new Service({
    config: {
      extensions: { "misbehaving/first": {}, [id]: section, other: {} },
      service: { extensions: ["misbehaving/first", id, "other"] },
    },
    runtime,
    factories: scriptedFactories(["scripted", "other"], events) as ExtensionFactory[],
    startTimeout: step === "start" ? 50 : 30_000,
    shutdownTimeout: step === "start" ? 30_000 : 50,
  });
  const ended = rejection(service.run());
  await service
    .start()
    .then(
      () => service.shutdown(),
      () => undefined,
    )
    .catch(() => undefined);
  const frame = step === "start" ? "" : "failed to shutdown service after error: ";
  const steps = step === "start" ? "start" : "shutdown";
  const error = await ended;
  expect(error.message).toBe(`${frame}failed to ${steps} extensions: extension "${id}" did not ${step} within 50 ms`);
  expect(error.componentId).toBe(id);
  expect(service.state).toBe("Closed");
  // A step that waits in Rust ends at its deadline there: if Rust's clock is the first to see it, nothing is left behind.
  const isEndedByRust = Object.values(section).includes("hang") && service.abandoned.length === 0;
  if (!isEndedByRust) expect(service.abandoned).toEqual([{ componentId: id, step }]);
  // The others were shut down, and Rust lets go of what was left behind.
  expect(events).toContain("stop:other");
  const look = await runtime.start("echo/look");
  await expect
    .poll(async () => {
      await look.call("echo", new Uint8Array(1));
      return runtime.stats().handles;
    })
    .toBe(1);
});
