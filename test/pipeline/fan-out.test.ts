import { describe, expect, test } from "vitest";
import type { Consumer, TelemetryData } from "../../dist/component/consumer.js";
import { FerruleError } from "../../dist/core/errors.js";
import { PipelineId } from "../../dist/core/pipeline-id.js";
import { fanOut } from "../../dist/pipeline/fan-out.js";
import { ConsumersError } from "../../dist/pipeline/pipeline-error.js";
import { BranchRouter } from "../../dist/pipeline/router.js";
import { isReadOnly, markReadOnly } from "../../dist/pipeline/telemetry-data.js";

interface Recorder extends Consumer {
  readonly got: TelemetryData[];
}

function recorder(mutatesData: boolean, error?: unknown): Recorder {
  const got: TelemetryData[] = [];
  return {
    got,
    mutatesData,
    consume: async (_, data) => {
      got.push(data);
      if (error !== undefined) throw error;
    },
  };
}

const reader = (error?: unknown): Recorder => recorder(false, error);
const changer = (error?: unknown): Recorder => recorder(true, error);
const rejection = (promise: Promise<void>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("fanOut", () => {
  test("one that only reads is used as it is, one that changes is not", () => {
    const [one, other] = [reader(), changer()];
    expect(fanOut([one])).toBe(one);
    expect(fanOut([other])).not.toBe(other);
  });

  test("says that it changes data when all of them do", () => {
    expect(fanOut([changer()]).mutatesData).toBe(true);
    expect(fanOut([changer(), changer()]).mutatesData).toBe(true);
    expect(fanOut([changer(), reader()]).mutatesData).toBe(false);
    expect(fanOut([reader(), reader()]).mutatesData).toBe(false);
    expect(fanOut([]).mutatesData).toBe(false);
  });

  test("those that only read share the data, which is read-only from then on", async () => {
    const [one, other] = [reader(), reader()];
    const data = { n: 1 };
    await fanOut([one, other]).consume({}, data);
    expect(one.got[0]).toBe(data);
    expect(other.got[0]).toBe(data);
    expect(isReadOnly(data)).toBe(true);
  });

  test("of those that change it, all get copies but the last", async () => {
    const [one, two, three] = [changer(), changer(), changer()];
    const data = { n: 1 };
    await fanOut([one, two, three]).consume({}, data);
    expect(three.got[0]).toBe(data);
    expect(one.got[0]).not.toBe(data);
    expect(two.got[0]).not.toBe(data);
    expect(one.got[0]).not.toBe(two.got[0]);
    expect([one.got[0], two.got[0]]).toEqual([{ n: 1 }, { n: 1 }]);
    expect(isReadOnly(data)).toBe(false);
  });

  test("beside one that reads, all that change it get copies, and the reader has it alone", async () => {
    const [one, only] = [changer(), reader()];
    const data = { n: 1 };
    await fanOut([only, one]).consume({}, data);
    expect(one.got[0]).not.toBe(data);
    expect(only.got[0]).toBe(data);
    expect(isReadOnly(data)).toBe(false);
  });

  test("data that is shared already is copied for the last one too", async () => {
    const last = changer();
    const data = { n: 1 };
    markReadOnly(data);
    await fanOut([last]).consume({}, data);
    expect(last.got[0]).not.toBe(data);
    expect(Object.isFrozen(last.got[0])).toBe(false);
  });

  test("all are asked past failures, those that change it first, and the errors are joined", async () => {
    const consumers = [reader(new Error("r")), changer(new Error("c")), reader(), changer(new Error("d"))];
    const error = await rejection(fanOut(consumers).consume({}, { n: 1 }));
    expect(consumers.map(({ got }) => got.length)).toEqual([1, 1, 1, 1]);
    expect(error).toBeInstanceOf(ConsumersError);
    expect((error as ConsumersError).message).toBe("c; d; r");
    expect((error as ConsumersError).errors).toHaveLength(3);
  });

  test("one error is passed on as it is", async () => {
    const boom = new Error("boom");
    expect(await rejection(fanOut([reader(), reader(boom)]).consume({}, {}))).toBe(boom);
  });

  test("a consumer that throws at once does not keep the others from it", async () => {
    const broken: Consumer = {
      mutatesData: false,
      consume: () => {
        throw new Error("at once");
      },
    };
    const other = reader();
    expect(await rejection(fanOut([broken, other]).consume({}, {}))).toMatchObject({ message: "at once" });
    expect(other.got).toHaveLength(1);
  });

  test("data that cannot be copied fails the consumers that need a copy, and no others", async () => {
    const [one, only] = [changer(), reader()];
    const data = { call: () => undefined };
    const error = await rejection(fanOut([one, only]).consume({}, data));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect([one.got.length, only.got.length]).toEqual([0, 1]);
  });
});

describe("ConsumersError", () => {
  const permanent = new FerruleError("A", "a", { permanent: true });
  const retryable = new FerruleError("B", "b", { retryable: true });

  test("is permanent if one is, and retryable only if all are", () => {
    expect(new ConsumersError([retryable, permanent])).toMatchObject({ code: "B", permanent: true, retryable: false });
    expect(new ConsumersError([retryable, retryable])).toMatchObject({ permanent: false, retryable: true });
    expect(new ConsumersError([retryable, new Error("x")])).toMatchObject({ permanent: false, retryable: false });
  });

  test("joins what is joined already into one list", async () => {
    const inner = fanOut([reader(new Error("a")), reader(new Error("b"))]);
    const error = await rejection(fanOut([inner, reader(new Error("c"))]).consume({}, {}));
    expect((error as ConsumersError).message).toBe("a; b; c");
    expect((error as ConsumersError).errors).toHaveLength(3);
  });
});

describe("BranchRouter", () => {
  const branch = (text: string) => ({ pipeline: PipelineId.parse(text), consumer: reader() });

  test("sends to all, or to those that are named", async () => {
    const [one, two, three] = [branch("traces/1"), branch("traces/2"), branch("traces/3")];
    const router = new BranchRouter([one, two, three]);
    expect(router.pipelineIds.map(String)).toEqual(["traces/1", "traces/2", "traces/3"]);
    await router.consume({}, {});
    await router.consumer(PipelineId.parse("traces/3"), PipelineId.parse("traces/1")).consume({}, {});
    expect([one, two, three].map(({ consumer }) => consumer.got.length)).toEqual([2, 1, 2]);
  });

  test("knows no others, and wants one at least", () => {
    const router = new BranchRouter([branch("logs")]);
    expect(() => router.consumer()).toThrow("missing consumers");
    const unknown = ["logs/a", "logs", "metrics"].map((text) => PipelineId.parse(text));
    expect(() => router.consumer(...unknown)).toThrow('missing consumer: "logs/a"; missing consumer: "metrics"');
  });
});
