import { describe, expect, test } from "vitest";
import { StartCancelled } from "../../dist/component/start-cancelled.js";
import { Pipelines } from "../../dist/pipeline/pipelines.js";
import { StopRequest } from "../../dist/service/stop-request.js";
import { bareHost, type ComponentScript, collectorOf, optionsOf } from "../support/pipelines.ts";

const shape = { traces: { receivers: ["rx"], processors: ["p"], exporters: ["ex"] } };
const TIMEOUT = 30_000;

async function build(scripts: Readonly<Record<string, ComponentScript>> = {}) {
  const events: string[] = [];
  const options = optionsOf(events);
  const pipelines = await Pipelines.build(collectorOf(shape, events, scripts), options);
  events.length = 0;
  return { pipelines, events, logger: options.logger };
}

describe("start", () => {
  test("goes from the exporters to the receivers, with the statuses of each", async () => {
    const { pipelines, events } = await build();
    await pipelines.start(bareHost, { timeout: TIMEOUT });
    expect(events).toEqual([
      "status:exporter:ex@traces:Starting",
      "start:exporter:ex:traces",
      "status:exporter:ex@traces:OK",
      "status:processor:p@traces:Starting",
      "start:processor:p:traces",
      "status:processor:p@traces:OK",
      "status:receiver:rx@traces:Starting",
      "start:receiver:rx:traces",
      "status:receiver:rx@traces:OK",
    ]);
  });

  test("leaves a component the status that it gave itself", async () => {
    const { pipelines, events } = await build({ ex: { report: "RecoverableError" } });
    await pipelines.start(bareHost, { timeout: TIMEOUT });
    expect(events.slice(0, 4)).toEqual([
      "status:exporter:ex@traces:Starting",
      "start:exporter:ex:traces",
      "status:exporter:ex@traces:RecoverableError",
      "status:processor:p@traces:Starting",
    ]);
  });

  test("ends at the first failure, and what never started is shut down without a status", async () => {
    const { pipelines, events, logger } = await build({ p: { fail_start: "boom" } });
    await expect(pipelines.start(bareHost, { timeout: TIMEOUT })).rejects.toMatchObject({
      message: 'failed to start "p" processor: boom',
      componentId: "p",
    });
    expect(logger.lines.at(-1)).toEqual({
      level: "error",
      fields: { component: "p", kind: "processor", error: "boom" },
      message: "failed to start component",
    });
    events.length = 0;
    expect(await pipelines.shutdown({ timeout: TIMEOUT })).toEqual([]);
    expect(events).toEqual([
      "stop:receiver:rx:traces",
      "status:processor:p@traces:Stopping",
      "stop:processor:p:traces",
      "status:processor:p@traces:Stopped",
      "status:exporter:ex@traces:Stopping",
      "stop:exporter:ex:traces",
      "status:exporter:ex@traces:Stopped",
    ]);
  });

  test("names the laggard", async () => {
    const { pipelines, events } = await build({ p: { hang_start: true } });
    const why = 'processor "p" did not start within 1 ms';
    await expect(pipelines.start(bareHost, { timeout: 1 })).rejects.toThrow(`failed to start "p" processor: ${why}`);
    expect(events.at(-1)).toBe(`status:processor:p@traces:PermanentError:${why}`);
  });

  test("ends without a failure when the stop was requested", async () => {
    const stop = new StopRequest();
    const { pipelines, events } = await build({ p: { onStart: () => stop.request() } });
    await expect(pipelines.start(bareHost, { timeout: TIMEOUT, stop })).rejects.toBeInstanceOf(StartCancelled);
    expect(events).toContain("start:processor:p:traces");
    expect(events).not.toContain("start:receiver:rx:traces");
  });

  test("is no failure of a component that the stop interrupted", async () => {
    const stop = new StopRequest();
    const { pipelines, events } = await build({ p: { onStart: () => stop.request(), fail_start: "interrupted" } });
    await expect(pipelines.start(bareHost, { timeout: TIMEOUT, stop })).rejects.toBeInstanceOf(StartCancelled);
    expect(events.filter((event) => event.includes("PermanentError"))).toEqual([]);
  });
});

describe("shutdown", () => {
  test("goes the other way, past failures, and returns them in order", async () => {
    const { pipelines, events } = await build({ rx: { fail_shutdown: "a" }, ex: { fail_shutdown: "b" } });
    await pipelines.start(bareHost, { timeout: TIMEOUT });
    events.length = 0;
    const errors = await pipelines.shutdown({ timeout: TIMEOUT });
    expect(errors).toMatchObject([
      { message: "a", componentId: "rx" },
      { message: "b", componentId: "ex" },
    ]);
    expect(events).toEqual([
      "status:receiver:rx@traces:Stopping",
      "stop:receiver:rx:traces",
      "status:receiver:rx@traces:PermanentError:a",
      "status:processor:p@traces:Stopping",
      "stop:processor:p:traces",
      "status:processor:p@traces:Stopped",
      "status:exporter:ex@traces:Stopping",
      "stop:exporter:ex:traces",
      "status:exporter:ex@traces:PermanentError:b",
    ]);
  });

  test("names the laggard, and goes on", async () => {
    const { pipelines, events } = await build({ rx: { hang_shutdown: true } });
    await pipelines.start(bareHost, { timeout: TIMEOUT });
    const errors = await pipelines.shutdown({ timeout: 1 });
    expect(errors[0]).toMatchObject({
      message: 'receiver "rx" did not shut down within 1 ms',
      code: "DEADLINE_EXCEEDED",
    });
    expect(events).toContain("stop:exporter:ex:traces");
  });
});
