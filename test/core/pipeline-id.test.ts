import { describe, expect, test } from "vitest";
import { ComponentId, InstanceId, isSignal, PipelineId } from "../../dist/index.js";

describe("pipeline ids", () => {
  test.each([
    ["traces", "traces", ""],
    [" metrics / m ", "metrics", "m"],
    ["logs/a/b", "logs", "a/b"],
    ["profiles\u0085", "profiles", ""],
  ])("%j is read", (text, signal, name) => {
    const id = PipelineId.parse(text);
    expect([id.signal, id.name, `${id}`]).toEqual([signal, name, name === "" ? signal : `${signal}/${name}`]);
    expect(JSON.stringify([id])).toBe(JSON.stringify([`${id}`]));
  });

  test.each([
    ["Traces", 'in "Traces" id: unknown pipeline signal: "Traces"'],
    ["spans/x", 'in "spans/x" id: unknown pipeline signal: "spans"'],
    ["toString", 'in "toString" id: unknown pipeline signal: "toString"'],
    ["", "id must not be empty"],
    ["/n", 'in "/n" id: the part before / should not be empty'],
    ["traces/ ", 'in "traces/ " id: the part after / should not be empty'],
    ["spans/a b", 'in "a b" id: invalid character(s) in name "a b"'],
  ])("%j is refused", (text, message) => {
    expect(() => PipelineId.parse(text)).toThrow(expect.objectContaining({ code: "INVALID_ID", message }));
  });

  test("the four signals, and nothing else", () => {
    expect(["traces", "metrics", "logs", "profiles", "spans", ""].filter(isSignal)).toHaveLength(4);
  });
});

describe("instances", () => {
  const pipelines = (...ids: string[]): PipelineId[] => ids.map((id) => PipelineId.parse(id));
  const rx = ComponentId.parse("rx");

  test("pipelines are in order of their bytes, each once", () => {
    const ids = pipelines("traces/\uff5a", "traces", "logs", "traces/b", "logs", "traces/a");
    expect(new InstanceId(rx, "Receiver", ids).pipelines.map(String)).toEqual([
      "logs",
      "traces",
      "traces/a",
      "traces/b",
      "traces/\uff5a",
    ]);
  });

  test("are equal by what they are, not by the order in which it was said", () => {
    const one = new InstanceId(rx, "Receiver", pipelines("traces", "logs"));
    expect(one.equals(new InstanceId(rx, "Receiver", pipelines("logs", "traces", "logs")))).toBe(true);
    expect(one.equals(new InstanceId(rx, "Receiver").withPipelines(...pipelines("logs", "traces")))).toBe(true);
    for (const other of [
      new InstanceId(rx, "Exporter", one.pipelines),
      new InstanceId(ComponentId.parse("rx/2"), "Receiver", one.pipelines),
      new InstanceId(rx, "Receiver", pipelines("logs")),
    ]) {
      expect(one.equals(other)).toBe(false);
    }
  });
});

test("names sort by bytes where UTF-16 would not", () => {
  // What stands beyond 0xffff has surrogates, which are below 0xff5e.
  const beyond = new PipelineId("logs", "\u{20000}");
  const below = new PipelineId("logs", "\uff5a");
  const sorted = new InstanceId(ComponentId.parse("x"), "Exporter", [beyond, below]).pipelines;
  expect(sorted.map(({ name }) => name)).toEqual([below.name, beyond.name]);
});
