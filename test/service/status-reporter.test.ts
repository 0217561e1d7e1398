import { describe, expect, test } from "vitest";
import type { StatusEvent } from "../../dist/component/status.js";
import { ComponentId } from "../../dist/core/id.js";
import { InstanceId } from "../../dist/core/instance-id.js";
import { PipelineId } from "../../dist/core/pipeline-id.js";
import { type StatusListener, StatusReporter } from "../../dist/service/status-reporter.js";
import { recordingLogger } from "../support/recording-logger.js";

const extension = (id: string) => new InstanceId(ComponentId.parse(id), "Extension");

describe("StatusReporter", () => {
  const instance = extension("alpha");
  const { id } = instance;
  const make = (...more: StatusListener[]) => {
    const events: StatusEvent[] = [];
    const logger = recordingLogger();
    const broken = () => {
      throw new Error("listener");
    };
    const listeners = [broken, ...more, (event: StatusEvent) => events.push(event)];
    const fatal: StatusEvent[] = [];
    const reporter = new StatusReporter({ logger, listeners, onFatal: (event) => fatal.push(event) });
    return { events, logger, fatal, reporter };
  };
  const told = (events: readonly StatusEvent[]) => events.map(({ id: who, status }) => `${who}:${status}`);

  test("a legal move is told and logged, past a listener that throws", () => {
    const { events, logger, reporter } = make();
    const error = new Error("disk");
    reporter.report(instance, "Starting", new Error("late"));
    reporter.report(instance, "RecoverableError", error);
    reporter.report(instance, "PermanentError", error);
    expect(events).toEqual([
      { instance, id, status: "Starting", error: expect.objectContaining({ message: "late" }) },
      { instance, id, status: "RecoverableError", error },
      { instance, id, status: "PermanentError", error },
    ]);
    expect(logger.lines.filter(({ message }) => message !== "status listener failed")).toEqual([
      {
        level: "info",
        fields: { component: "alpha", status: "Starting", error: "late" },
        message: "extension status: Starting",
      },
      {
        level: "warn",
        fields: { component: "alpha", status: "RecoverableError", error: "disk" },
        message: "extension status: RecoverableError",
      },
      {
        level: "error",
        fields: { component: "alpha", status: "PermanentError", error: "disk" },
        message: "extension status: PermanentError",
      },
    ]);
    expect(logger.lines).toHaveLength(6);
  });

  test("an illegal move throws, or is passed over", () => {
    const { events, reporter } = make();
    const message = "cannot transition from StatusNone to StatusOK: invalid state transition";
    const refused = expect.objectContaining({ code: "INVALID_ARGUMENT", message });
    expect(() => reporter.report(instance, "OK")).toThrow(refused);
    reporter.tryReport(instance, "Stopping");
    expect([events, reporter.status(instance)]).toEqual([[], "None"]);
  });

  test("OK only if still starting", () => {
    const { events, reporter } = make();
    reporter.okIfStarting(instance);
    reporter.report(instance, "Starting");
    reporter.okIfStarting(instance);
    reporter.okIfStarting(instance);
    const other = extension("beta");
    reporter.report(other, "Starting");
    reporter.report(other, "RecoverableError");
    reporter.okIfStarting(other);
    expect(told(events)).toEqual(["alpha:Starting", "alpha:OK", "beta:Starting", "beta:RecoverableError"]);
  });

  test("one id has a status for each kind and each set of pipelines", () => {
    const { logger, reporter } = make();
    const [traces, logs] = [PipelineId.parse("traces"), PipelineId.parse("logs/a")];
    const both = new InstanceId(id, "Receiver", [traces, logs]);
    reporter.report(both, "Starting");
    expect(reporter.status(new InstanceId(id, "Receiver", [logs, traces]))).toBe("Starting");
    expect(reporter.status(new InstanceId(id, "Receiver", [traces]))).toBe("None");
    expect(reporter.status(new InstanceId(id, "Exporter", [traces, logs]))).toBe("None");
    expect(logger.lines[0]).toEqual({
      level: "info",
      fields: { component: "alpha", pipelines: ["logs/a", "traces"], status: "Starting" },
      message: "receiver status: Starting",
    });
  });

  test("a listener that reports: all hear one order, and nothing is lost", () => {
    const beta = extension("beta");
    const first: StatusEvent[] = [];
    const { events, reporter } = make((event) => {
      first.push(event);
      if (event.id !== id) return;
      if (event.status === "Starting") {
        reporter.report(beta, "Starting");
        reporter.report(beta, "OK");
      } else if (event.status === "OK") reporter.report(beta, "FatalError");
    });
    reporter.report(instance, "Starting");
    reporter.report(instance, "OK");
    expect(told(events)).toEqual(["alpha:Starting", "beta:Starting", "beta:OK", "alpha:OK", "beta:FatalError"]);
    expect(first).toEqual(events);
  });

  test("a listener that answers every report with another one leaves others their turn", async () => {
    let count = 0;
    const { events, reporter } = make(() => {
      if (++count < 2_500) reporter.report(instance, "OK");
    });
    reporter.report(instance, "Starting");
    expect(events.length).toBe(1_000);
    while (events.length < 2_500) await new Promise((resolve) => setImmediate(resolve));
    expect(count).toBe(2_500);
  });

  test("a fatal error is heard at once, also inside of another report", () => {
    const { fatal, reporter } = make(() => {
      if (fatal.length > 0) return;
      reporter.tryReport(instance, "FatalError", new Error("gone"));
      expect(fatal).toHaveLength(1);
    });
    reporter.report(instance, "Starting");
    expect(fatal).toMatchObject([{ id, status: "FatalError", error: { message: "gone" } }]);
  });

  test("a component is heard from its start to the end, and says only what is a status", () => {
    const { events, reporter } = make();
    const say = reporter.reportOf(instance);
    say("Starting");
    reporter.report(instance, "Starting");
    say("Starting");
    say("RecoverableError", new Error("disk"));
    reporter.close();
    say("OK");
    expect(told(events)).toEqual(["alpha:Starting", "alpha:RecoverableError"]);
    const refused = { code: "INVALID_ARGUMENT", message: "there is no status Fine", componentId: "alpha" };
    expect(() => say("Fine" as "OK")).toThrow(expect.objectContaining(refused));
  });
});
