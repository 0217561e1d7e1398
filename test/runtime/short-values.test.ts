/** The short way through MessagePack says what msgpackr says, or nothing. */
import fc from "fast-check";
import { Packr } from "msgpackr";
import { expect, test } from "vitest";
import { pack, unpack } from "../../dist/runtime/codec.js";
import { decodeByte, decodeShort, encodeShort, LONGER } from "../../dist/runtime/short-values.js";

const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true } as object);
const value = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.nat(),
  fc.nat({ max: 300 }),
  fc.constantFrom(0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, -1, 0.5, null, undefined, true, false),
  fc.constantFrom({}, [1], 5n, new Date(0)),
);

test("arguments are encoded as msgpackr encodes them, or left to it", () => {
  let short = 0;
  const property = fc.property(fc.array(value, { maxLength: 17 }), (values) => {
    const bytes = encodeShort(values);
    if (bytes === undefined) return;
    short++;
    expect(Buffer.from(bytes).toString("hex")).toBe(packr.pack(values).toString("hex"));
  });
  fc.assert(property, {
    numRuns: 2_000,
    examples: [[["a".repeat(31), "b".repeat(31)]], [["a".repeat(31), "b".repeat(30), 1]]],
  });
  expect(short).toBeGreaterThan(50);
});

test("one byte is read as msgpackr reads it", () => {
  for (let byte = 0; byte < 256; byte++) {
    const short = decodeByte(byte);
    if (short !== LONGER) expect(short).toBe(packr.unpack(new Uint8Array([byte])));
  }
  expect([0x90, 0x80, 0xa0].map(decodeByte)).toEqual([LONGER, LONGER, LONGER]);
});

test("short texts are read as msgpackr reads them, or left to it", () => {
  const property = fc.property(
    fc.oneof(fc.string({ maxLength: 33 }), fc.string({ unit: "binary", maxLength: 8 })),
    (text) => {
      const bytes = new Uint8Array(packr.pack(text));
      const short = decodeShort(bytes);
      if (short !== LONGER) expect(short).toBe(text);
    },
  );
  fc.assert(property, { numRuns: 1_000, examples: [[""], ["a"], ["a".repeat(31)], ["a".repeat(32)]] });
  expect(decodeShort(new Uint8Array(packr.pack("a".repeat(31))))).toBe("a".repeat(31));
  expect(decodeShort(new Uint8Array([0xa2, 0x61]))).toBe(LONGER);
});

test("values of every length come back, also after one another", () => {
  const lengths = [0, 1, 30, 31, 32, 4_090, 4_095, 4_096, 5_000];
  const kept = lengths.map((length) =>
    unpack(pack({ text: "x".repeat(length), bytes: new Uint8Array(length).fill(7) })),
  );
  const found = kept as { text: string; bytes: Uint8Array }[];
  expect(found.map(({ text, bytes }) => [text.length, bytes.length])).toEqual(lengths.map((each) => [each, each]));
  expect(found.every(({ bytes }) => bytes.every((byte) => byte === 7))).toBe(true);
});
