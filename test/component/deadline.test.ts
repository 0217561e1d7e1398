import { describe, expect, test } from "vitest";
import { withinDeadline } from "../../dist/component/deadline.js";

const limit = { timeout: 30_000, componentId: "x/1", step: "start" };
const never = () => new Promise<void>(() => undefined);

describe("withinDeadline", () => {
  test("a step in time passes its outcome on, and knows its deadline", async () => {
    let seen: unknown;
    await withinDeadline(limit, async (context) => {
      seen = context.deadline;
    });
    expect(seen).toBe(30_000);
    const boom = new Error("boom");
    await expect(withinDeadline(limit, () => Promise.reject(boom))).rejects.toBe(boom);
    await expect(withinDeadline(limit, () => undefined)).resolves.toBeUndefined();
    const thrown = () => {
      throw boom;
    };
    await expect(withinDeadline(limit, thrown)).rejects.toBe(boom);
  });

  test("a laggard is named, aborted, and left behind", async () => {
    let signal: AbortSignal | undefined;
    const step = (context: { signal?: AbortSignal }) => {
      signal = context.signal;
      return never();
    };
    const message = 'extension "x/1" did not start within 1 ms';
    const error = { code: "DEADLINE_EXCEEDED", componentId: "x/1", message };
    await expect(withinDeadline({ ...limit, timeout: 1 }, step)).rejects.toMatchObject(error);
    expect(signal?.reason).toMatchObject(error);
  });

  test("a component of a pipeline is named with its kind", async () => {
    const step = withinDeadline({ ...limit, timeout: 1, kind: "Exporter" }, never);
    await expect(step).rejects.toThrow('exporter "x/1" did not start within 1 ms');
  });

  test("a step that answers the abort at once does not hide the reason", async () => {
    const step = (context: { signal?: AbortSignal }) =>
      new Promise<void>((_, reject) => {
        context.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
    const message = 'extension "x/1" did not shut down within 1 ms';
    await expect(withinDeadline({ ...limit, timeout: 1, step: "shut down" }, step)).rejects.toThrow(message);
  });

  test("the caller's signal reaches the step, which is still waited for", async () => {
    const controller = new AbortController();
    let finish: () => void = () => undefined;
    const step = (context: { signal?: AbortSignal }) =>
      new Promise<void>((resolve) => {
        context.signal?.addEventListener("abort", () => {
          finish = resolve;
        });
      });
    let over = false;
    const done = withinDeadline({ ...limit, signal: controller.signal }, step).finally(() => {
      over = true;
    });
    controller.abort();
    await new Promise(setImmediate);
    expect(over).toBe(false);
    finish();
    await done;
  });

  test("beyond what a timer can wait there is no limit", async () => {
    let seen: object | undefined;
    await withinDeadline({ ...limit, timeout: Number.POSITIVE_INFINITY }, async (context) => {
      seen = context;
      await new Promise(setImmediate);
    });
    expect(seen).not.toHaveProperty("deadline");
  });
});
