/** Copies of data, and data that several consumers share: what a fan-out does to keep them from each other. */
import type { TelemetryData } from "../component/consumer.ts";
import { FerruleError, messageOf } from "../core/errors.ts";

/** What decoded data may know of itself. */
interface SelfKnowing {
  clone?(): TelemetryData;
  markReadOnly?(): void;
}

/** Data that is shared. Bytes and objects of classes look the same afterwards, so that it is remembered here. */
const shared = new WeakSet<TelemetryData>();

/** Whether several consumers have the data: none of them may change it, whoever else wants to needs a copy. */
export function isReadOnly(data: TelemetryData): boolean {
  return shared.has(data);
}

/**
 * Says that several consumers have the data from here on. What was decoded to plain objects is frozen at every depth,
 * so that changing it throws. JavaScript has no bytes that cannot be written to: those are left to their readers.
 */
export function markReadOnly(data: TelemetryData): void {
  if (shared.has(data)) return;
  shared.add(data);
  const own = data as SelfKnowing;
  if (typeof own.markReadOnly === "function") own.markReadOnly();
  else freeze(data);
}

/** A copy that may be changed.
 * @throws {FerruleError} `INVALID_ARGUMENT` for data that has no `clone` and that `structuredClone` refuses */
export function cloneData(data: TelemetryData): TelemetryData {
  // A buffer's own `slice` is no copy.
  if (data instanceof Uint8Array) return Uint8Array.prototype.slice.call(data);
  const own = data as SelfKnowing;
  if (typeof own.clone === "function") return own.clone();
  try {
    return structuredClone(data);
  } catch (error) {
    const text = `the data cannot be copied for a consumer that changes it: ${messageOf(error)}; give it a method clone`;
    throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true, cause: error });
  }
}

/** Plain objects and lists alone: objects of classes keep their state elsewhere too, and bytes refuse it. */
function freeze(data: TelemetryData): void {
  const waiting: unknown[] = [data];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (!isPlain(value) || Object.isFrozen(value)) continue;
    Object.freeze(value);
    for (const field of Object.values(value)) waiting.push(field);
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
