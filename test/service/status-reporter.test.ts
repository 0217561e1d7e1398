import { describe, expect, test } from "vitest";
import type { StatusEvent } from "../../dist/component/status.js";
import { ComponentId } from "../../dist/core/id.js";
import { StatusReporter } from "../../dist/service/status-reporter.js";
import { recordingLogger } from "../support/recording-logger.js";

describe("StatusReporter", () => {
  const id = ComponentId.parse("alpha");
  const make = () => {
    const events: StatusEvent[] = [];
    const logger = recordingLogger();
    const broken = () => {
      throw new Error("listener");
    };
    return { events, logger, reporter: new StatusReporter(logger, [broken, (event) => events.push(event)]) };
  };

  test("a legal move is told and logged, past a listener that throws", () => {
    const { events, logger, reporter } = make();
    const error = new Error("disk");
    reporter.report(id, "Starting");
    reporter.report(id, "RecoverableError", error);
    reporter.report(id, "PermanentError", error);
    expect(events).toEqual([
      { id, status: "Starting" },
      { id, status: "RecoverableError", error },
      { id, status: "PermanentError", error },
    ]);
    expect(logger.lines.filter(({ message }) => message !== "status listener failed")).toEqual([
      { level: "info", fields: { component: "alpha", status: "Starting" }, message: "extension status: Starting" },
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
    expect(() => reporter.report(id, "OK")).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", message }));
    reporter.tryReport(id, "Stopping");
    expect([events, reporter.status(id)]).toEqual([[], "None"]);
  });

  test("OK only if still starting", () => {
    const { events, reporter } = make();
    reporter.okIfStarting(id);
    reporter.report(id, "Starting");
    reporter.okIfStarting(id);
    reporter.okIfStarting(id);
    const other = ComponentId.parse("beta");
    reporter.report(other, "Starting");
    reporter.report(other, "RecoverableError");
    reporter.okIfStarting(other);
    expect(events.map(({ id: who, status }) => `${who}:${status}`)).toEqual([
      "alpha:Starting",
      "alpha:OK",
      "beta:Starting",
      "beta:RecoverableError",
    ]);
  });
});
