import { format, inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Conf, Duration, Opaque, Optional } from "../../dist/index.js";

describe("Duration", () => {
  test.each([
    ["1h30m", 5_400_000, "1h30m0s"],
    ["1.5s", 1_500, "1.5s"],
    ["-250ms", -250, "-250ms"],
    ["0", 0, "0s"],
    ["2µs", 0.002, "2µs"],
    ["1h2m3.5s", 3_723_500, "1h2m3.5s"],
  ])("%s is %d milliseconds, and is written %s", (text, milliseconds, written) => {
    const duration = Duration.parse(text);
    expect([duration.milliseconds, String(duration), JSON.stringify(duration)]).toEqual([
      milliseconds,
      written,
      JSON.stringify(written),
    ]);
    expect(Duration.parse(written)).toEqual(duration);
    expect(Duration.fromMilliseconds(milliseconds)).toEqual(duration);
  });

  test.each([
    ["", "time: invalid duration"],
    ["soon", "time: invalid duration"],
    ["5", "time: missing unit in duration"],
    ["5 s", "time: unknown unit"],
    ["300000h", undefined],
    ["2562048h", "time: invalid duration"],
  ])("%j: %s", (text, message) => {
    if (message === undefined) expect(Duration.parse(text).nanoseconds).toBe(300_000n * 3_600_000_000_000n);
    else expect(() => Duration.parse(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", message }));
  });

  test("64 bits, as the Collector has them, and whole numbers only", () => {
    expect(new Duration(2n ** 63n - 1n).toString()).toBe("2562047h47m16.854775807s");
    for (const beyond of [2n ** 63n, -(2n ** 63n) - 1n]) expect(() => new Duration(beyond)).toThrow("64 bits");
    expect(() => Duration.fromMilliseconds(Number.NaN)).toThrow("NaN is no number of milliseconds");
  });
});

describe("Opaque", () => {
  const secret = new Opaque("hunter2");

  test("gives its text when it is asked, and to nobody else", () => {
    expect(secret.reveal()).toBe("hunter2");
    const shown = [
      String(secret),
      `${secret}`,
      `a${secret as unknown as string}`,
      JSON.stringify({ secret }),
      inspect(secret, { showHidden: true, depth: 9 }),
      inspect({ list: [secret] }, { depth: 9 }),
      format("%s %o %j %d", secret, secret, secret, secret),
      Object.entries(secret).join(),
      new Error("refused", { cause: secret }).stack,
    ];
    for (const each of shown) expect(each).not.toContain("hunter2");
    expect(shown.slice(0, 4)).toEqual(["[REDACTED]", "[REDACTED]", "a[REDACTED]", '{"secret":"[REDACTED]"}']);
    expect([secret.isEmpty, new Opaque("").isEmpty, String(new Opaque(""))]).toEqual([false, true, "[REDACTED]"]);
  });

  test("stays whole in a configuration that is given in code", () => {
    expect(Conf.fromMap({ key: secret }).get("key")).toBe(secret);
  });
});

describe("Optional", () => {
  test("none, default and some", () => {
    const [none, standing, some] = [Optional.none<number>(), Optional.default(1), Optional.some(2)];
    const seen = [none, standing, some].map((each) => [each.hasValue, each.get(), each.getOrDefault(), String(each)]);
    expect(seen).toEqual([
      [false, undefined, undefined, "None"],
      [false, undefined, 1, "Default"],
      [true, 2, 2, "Some(2)"],
    ]);
    expect(JSON.stringify([none, standing, some])).toBe("[null,null,2]");
    expect([none.named().hasValue, standing.named().get(), some.named().get()]).toEqual([false, 1, 2]);
  });

  test("the field enabled is the section's own", () => {
    const message = "the value of an optional section cannot have a field 'enabled': the section has one itself";
    for (const make of [Optional.none, Optional.default, Optional.some]) {
      expect(() => make({ enabled: true })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", message }));
    }
  });
});
