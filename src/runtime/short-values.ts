/**
 * MessagePack of the arguments that most calls have, a few short texts and small numbers, and of results as short: in
 * place of msgpackr, which takes longer than the rest of the call.
 */

const SIZE = 64;
const bytes = new Uint8Array(SIZE);
/** Views of the first bytes, by length: made once. */
const views = Array.from({ length: SIZE + 1 }, (_, length) => bytes.subarray(0, length));

/**
 * Arguments as MessagePack, in memory that the next call uses again; nothing when they are not of this kind.
 */
export function encodeShort(values: readonly unknown[]): Uint8Array | undefined {
  const count = values.length;
  if (count > 15) return undefined;
  bytes[0] = 0x90 | count;
  let at = 1;
  for (let index = 0; index < count; index++) {
    const value = values[index];
    if (typeof value === "string") {
      const { length } = value;
      if (length > 31 || at + length >= SIZE) return undefined;
      bytes[at++] = 0xa0 | length;
      for (let place = 0; place < length; place++) {
        const code = value.charCodeAt(place);
        if (code > 0x7f) return undefined;
        bytes[at++] = code;
      }
      continue;
    }
    if (at + 5 > SIZE) return undefined;
    if (value === undefined || value === null) bytes[at++] = 0xc0;
    else if (value === true) bytes[at++] = 0xc3;
    else if (value === false) bytes[at++] = 0xc2;
    else if (typeof value === "number" && value >>> 0 === value) at = writeUnsigned(value, at);
    else return undefined;
  }
  return views[at];
}

function writeUnsigned(value: number, start: number): number {
  let at = start;
  if (value < 0x80) {
    bytes[at++] = value;
  } else if (value < 0x100) {
    bytes[at++] = 0xcc;
    bytes[at++] = value;
  } else if (value < 0x1_0000) {
    bytes[at++] = 0xcd;
    bytes[at++] = value >>> 8;
    bytes[at++] = value;
  } else {
    bytes[at++] = 0xce;
    bytes[at++] = value >>> 24;
    bytes[at++] = value >>> 16;
    bytes[at++] = value >>> 8;
    bytes[at++] = value;
  }
  return at;
}

/** Not a value that one byte is. */
export const LONGER = Symbol("longer");

/** A value of one byte, or a short text; `LONGER` for others. */
export function decodeShort(source: Uint8Array): unknown {
  const { length } = source;
  const head = source[0] ?? 0;
  if (length === 1) return decodeByte(head);
  if ((head & 0xe0) !== 0xa0 || length !== (head & 0x1f) + 1) return LONGER;
  let high = 0;
  for (let place = 1; place < length; place++) high |= source[place] ?? 0;
  return high > 0x7f ? LONGER : plainText(source, length);
}

/**
 * The text after the first byte. Characters in eights and fours: one by one, each would make another text, which takes
 * three times as long, and so does asking the decoder of the platform.
 */
function plainText(source: Uint8Array, length: number): string {
  const { fromCharCode } = String;
  let text = "";
  let at = 1;
  for (; at + 8 <= length; at += 8) {
    text += fromCharCode(
      source[at] as number,
      source[at + 1] as number,
      source[at + 2] as number,
      source[at + 3] as number,
      source[at + 4] as number,
      source[at + 5] as number,
      source[at + 6] as number,
      source[at + 7] as number,
    );
  }
  if (at + 4 <= length) {
    text += fromCharCode(
      source[at] as number,
      source[at + 1] as number,
      source[at + 2] as number,
      source[at + 3] as number,
    );
    at += 4;
  }
  for (; at < length; at++) text += fromCharCode(source[at] as number);
  return text;
}

/** The value of one byte: a small whole number, true, false or null. */
export function decodeByte(byte: number): unknown {
  if (byte < 0x80) return byte;
  if (byte >= 0xe0) return byte - 0x100;
  if (byte === 0xc0) return null;
  if (byte === 0xc3) return true;
  return byte === 0xc2 ? false : LONGER;
}
