import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { parseDuration } from "../../dist/cli/duration.js";
import { prettyLogger } from "../../dist/cli/pretty.js";
import { watchSignals } from "../../dist/cli/signals.js";

describe("durations", () => {
  test.each([
    ["0", 0],
    ["500ms", 500],
    ["5s", 5_000],
    ["1.5s", 1_500],
    ["1m30s", 90_000],
    ["2h", 7_200_000],
  ])("%s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(["", "5", "s", "5 s", "-1s", "1x", "1s2"])("%j is none", (text) => {
    const message = `invalid duration "${text}": write it like 5s, 500ms or 1m30s`;
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", message }));
  });
});

describe("signals", () => {
  test("the first stops, a repeat within 500 ms is the same wish, a later one forces", () => {
    const seen: string[] = [];
    let now = 1_000;
    const handlers = {
      stop: (signal: string) => seen.push(`stop ${signal}`),
      force: (signal: string) => seen.push(`force ${signal}`),
      reload: (signal: string) => seen.push(`reload ${signal}`),
    };
    const before = process.listenerCount("SIGINT");
    const unwatch = watchSignals(handlers, () => now);
    const send = (signal: "SIGINT" | "SIGTERM" | "SIGHUP") => EventEmitter.prototype.emit.call(process, signal, signal);
    for (const at of [1_000, 1_200, 1_500, 1_501]) {
      now = at;
      send(at === 1_200 ? "SIGTERM" : "SIGINT");
    }
    expect(seen).toEqual(["stop SIGINT", "force SIGINT"]);
    send("SIGHUP");
    send("SIGHUP");
    expect(seen.slice(2)).toEqual(["reload SIGHUP", "reload SIGHUP"]);
    unwatch();
    expect(process.listenerCount("SIGHUP")).toBe(0);
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});

describe("the log of a terminal", () => {
  const written = (least: "debug" | "info" | "warn" | "error", colour: boolean) => {
    const lines: string[] = [];
    const logger = prettyLogger(least, (line) => lines.push(line), colour);
    logger.debug({}, "d");
    logger.info(
      { component: "rust_sample/one", n: 5, s: "x y", plain: "z", big: 2n, list: ["a"], none: undefined },
      "hello",
    );
    logger.warn({ error: new Error("boom") }, "w");
    logger.error({ empty: "" }, "e");
    logger.error({ component: "a", status: "OK", n: 1 }, "extension status: OK");
    return lines.map((line) => line.replace(/\d\d:\d\d:\d\d\.\d\d\d/, "TIME"));
  };

  test("is a line each, with who says it and the fields", () => {
    expect(written("debug", false)).toEqual([
      "TIME DEBUG d\n",
      'TIME INFO  rust_sample/one: hello n=5 s="x y" plain=z big=2 list=["a"] none=undefined\n',
      'TIME WARN  w error="boom"\n',
      'TIME ERROR e empty=""\n',
      "TIME ERROR a: extension status: OK n=1\n",
    ]);
  });

  test("leaves out what is below the level, and paints only when asked", () => {
    expect(written("warn", false)).toHaveLength(3);
    expect(written("error", true)[0]).toContain("\u001b[31mERROR\u001b[39m");
    expect(written("debug", false).join("")).not.toContain("\u001b");
  });

  test("shows control characters, and obeys none", () => {
    const lines: string[] = [];
    const logger = prettyLogger("info", (line) => lines.push(line), false);
    logger.info({ component: "a\u001b[2J", "k\u0007": "v\u009b" }, "one\nTWO \u001b]0;x\u0007");
    expect(lines[0]?.slice(13)).toBe("INFO  a\\x1b[2J: one\\nTWO \\x1b]0;x\\x07 k\\x07=v\\x9b\n");
  });
});
