/** Integers of 64 bits on their way in and out: the one thing of which MessagePack and JavaScript think differently. */
import { FerruleError } from "../core/errors.ts";

/**
 * A value with whole numbers that MessagePack would write as floats made bigints, which it writes as integers. What
 * needs no change is the same object.
 * @throws {FerruleError} `INVALID_ARGUMENT` for one that holds itself, or is nested deeper than the stack
 */
export function widen(value: unknown): unknown {
  try {
    return widened(value);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const text = "a value holds itself, or is nested too deeply";
    throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true, cause });
  }
}

function widened(value: unknown): unknown {
  if (typeof value === "number") return isLong(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    let changed: unknown[] | undefined;
    for (const [index, each] of value.entries()) {
      const wide = widened(each);
      if (wide === each || changed !== undefined) {
        if (changed !== undefined) changed[index] = wide;
        continue;
      }
      changed = value.slice();
      changed[index] = wide;
    }
    return changed ?? value;
  }
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [widened(key), widened(each)]));
  if (isWhole(value)) return value;
  let changed: Record<string, unknown> | undefined;
  for (const [key, each] of Object.entries(value)) {
    const wide = widened(each);
    if (wide === each) continue;
    changed ??= { ...value };
    changed[key] = wide;
  }
  return changed ?? value;
}

/** What is written as it is: bytes, dates, and what says itself how it is written. */
function isWhole(value: object): boolean {
  return (
    ArrayBuffer.isView(value) || value instanceof Date || typeof (value as { toJSON?: unknown }).toJSON === "function"
  );
}

/** Safe, and beyond 32 bits. */
function isLong(value: number): boolean {
  return (value > 0xffff_ffff || value < -0x8000_0000) && Number.isSafeInteger(value);
}

/**
 * Checks that a result holds no integer that a number cannot: its type says `number`.
 * @throws {FerruleError} `CODEC_ERROR`
 */
export function narrow(value: unknown): unknown {
  if (typeof value === "bigint") {
    const text = `the result holds ${value}, beyond what a number holds exactly: declare it as ferrule::Wide in Rust`;
    throw new FerruleError("CODEC_ERROR", text, { permanent: true });
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const each of Array.isArray(value) ? value : Object.values(value)) narrow(each);
  return value;
}

/** For methods that answer nothing. */
export function nothing(): void {}
