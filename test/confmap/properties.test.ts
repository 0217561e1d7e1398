/** What holds for every configuration. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatYaml } from "../../dist/cli/go-yaml.js";
import { Conf, FerruleError, Timestamp } from "../../dist/index.js";
import { resolved, valuesOf } from "../support/resolver.js";

const key = fc.constantFrom("a", "b", "c", "d::e", "__proto__", "x y", "1", "~", "");
const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("$", "$$", "${V}", "a${V}b", "$${V}", "${NONE}", "0123", "yes", "2024-01-02", "1_0", "null", ".inf"),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
);
const { map } = fc.letrec<{ map: Record<string, unknown>; value: unknown }>((tie) => ({
  map: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie("value"), { maxLength: 3 }), tie("map")),
}));

/** YAML that reads as the value, references and all; JSON is YAML, but for a few signs and numbers. */
function print(value: unknown, write: (text: string) => string): string {
  if (typeof value === "string") {
    // YAML takes these escaped only.
    const control = /[\u007f-\u009f\ufeff\ufffe\uffff]/g;
    const code = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return JSON.stringify(write(value)).replace(control, code);
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
    return Object.is(value, -0) ? "-0.0" : String(value);
  }
  if (typeof value === "object" && value !== null) {
    if (Array.isArray(value)) return `[${value.map((item) => print(item, write)).join(", ")}]`;
    const fields = Object.entries(value).map(
      ([name, field]) => `${print(name, (text) => text)}: ${print(field, write)}`,
    );
    return `{${fields.join(", ")}}`;
  }
  return String(value);
}

const asWritten = (text: string): string => text;
const escaped = (text: string): string => text.replaceAll("$", () => "$$");

test("what is resolved stays as it is when it is printed and resolved again", async () => {
  await fc.assert(
    fc.asyncProperty(map, async (values) => {
      const once = (await resolved(print(values, asWritten), { V: "017" })).toStringMap();
      const again = (await resolved(print(once, escaped), { V: "other" })).toStringMap();
      expect(again).toEqual(once);
    }),
    { numRuns: 300 },
  );
});

test("what print-config's writer writes of it is read as the same", async () => {
  const printable = (value: unknown): unknown => {
    if (typeof value === "string") return escaped(value);
    if (value instanceof Timestamp) return value.rfc3339;
    if (Array.isArray(value)) return value.map(printable);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, printable(field)]));
  };
  await fc.assert(
    fc.asyncProperty(map, async (values) => {
      const once = (await resolved(print(values, asWritten), { V: "017" })).toStringMap();
      const written = formatYaml(printable(once));
      const again = (await resolved(written, { V: "other" })).toStringMap();
      expect(formatYaml(printable(again))).toBe(written);
    }),
    { numRuns: 300 },
  );
});

test("plain values come back as they were given", () => {
  fc.assert(
    fc.property(map, (values) => {
      const once = Conf.fromMap(values).toStringMap();
      expect(Conf.fromMap(once).toStringMap()).toEqual(once);
    }),
  );
});

/** Trees in which a key is always a map, or never: where both meet, upstream's merging depends on the order too. */
const { shaped } = fc.letrec<{ shaped: Record<string, unknown> }>((tie) => ({
  shaped: fc
    .tuple(
      fc.dictionary(fc.constantFrom("m", "n"), fc.oneof({ maxDepth: 3 }, fc.constant({}), tie("shaped")), {
        maxKeys: 2,
      }),
      fc.dictionary(fc.constantFrom("x", "y", "z"), fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), {
        maxKeys: 3,
      }),
    )
    .map(([maps, leaves]) => ({ ...maps, ...leaves })),
}));

test("merging may be grouped either way, and an empty map changes nothing", () => {
  const merged = (...parts: Record<string, unknown>[]): Conf => {
    const conf = new Conf();
    for (const part of parts) conf.merge(part);
    return conf;
  };
  fc.assert(
    fc.property(shaped, shaped, shaped, (one, two, three) => {
      const left = merged(merged(one, two).toStringMap(), three).toStringMap();
      const right = merged(one, merged(two, three).toStringMap()).toStringMap();
      expect(left).toEqual(right);
      expect(left).toEqual(merged(one, two, three).toStringMap());
      expect(merged(one).toStringMap()).toEqual(Conf.fromMap(one).toStringMap());
      expect(merged(one, {}).toStringMap()).toEqual(merged({}, one).toStringMap());
    }),
  );
});

test("references end, whatever they lead to", async () => {
  const piece = fc.constantFrom(
    "${A}",
    "${B}",
    "${env:C}",
    "${D:-x}",
    "x",
    "$",
    "{",
    "}",
    "[",
    "]",
    "'",
    ", ",
    "$$",
    "${env:${D}}",
  );
  const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(""));
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (A, B, C, D) => {
      try {
        await valuesOf("{k: '${A}', l: ['${B}', 'x${C}']}", { A, B, C, D });
      } catch (error) {
        if (!(error instanceof FerruleError)) throw error;
      }
    }),
    { numRuns: 40 },
  );
});
