/** Values of every kind that crosses: those of `test/extensions/src/values.rs`. */
import fc from "fast-check";

const text = fc.string({ unit: "binary" });
const shape = fc.oneof(
  fc.constant("Point"),
  fc.record({ Circle: fc.double() }),
  fc.record({ Line: fc.tuple(fc.integer(), fc.integer()) }),
  fc.record({ Rect: fc.record({ width: fc.nat(), height: fc.option(fc.nat()) }) }),
);
const event = fc.oneof(
  fc.record({ kind: fc.constant("opened"), by: text }),
  fc.record({ kind: fc.constant("closed"), after_ms: fc.nat(), data: fc.uint8Array() }),
  fc.constant({ kind: "idle" }),
);
const date = fc.date({ noInvalidDate: true });
const wide = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => (value <= 2n ** 53n ? Number(value) : value));
/** What `Everything` of the test library holds. */
export const everything = fc.letrec((tie) => ({
  value: fc.record({
    text,
    flag: fc.boolean(),
    small: fc.integer({ min: -128, max: 127 }),
    whole: fc.maxSafeInteger(),
    large: wide,
    single: fc.float(),
    double: fc.double(),
    bytes: fc.uint8Array(),
    at: date,
    option: fc.option(tie("value"), { maxDepth: 2 }),
    list: fc.array(shape),
    map: fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      fc.tuple(fc.nat({ max: 65_535 }), text),
    ),
    event,
    unit: fc.constant(null),
    marker: fc.constant(null),
    maybe: fc.nat(),
  }),
})).value;

/** As values are equal to those who read them: bytes by content, and -0, which travels as an integer, as 0. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (value instanceof Date) return { date: value.getTime() };
  if (Array.isArray(value)) return value.map(plain);
  if (Object.is(value, -0)) return 0;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
