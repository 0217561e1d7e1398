/**
 * A lane's memory as JavaScript sees it: three views over one buffer, made once. Published words go through `Atomics`
 * on the signed view; everything else is plain, and ordered by them (a fact of V8 that a stress test guards on every
 * Node version).
 *
 * The only place that turns signed words into what they mean: `Int32Array` shows 0xFFFFFFFF as -1.
 */
import { ENTRY_SIZE, OFFSET_SELF_TEST } from "./layout.generated.ts";

export const ENTRY_WORDS = ENTRY_SIZE / 4;

export class Words {
  readonly signed: Int32Array;
  /** For what is not published by itself: entries, before their tail is. */
  readonly plain: Uint32Array;
  readonly bytes: Uint8Array;

  constructor(buffer: ArrayBuffer) {
    this.signed = new Int32Array(buffer);
    this.plain = new Uint32Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** Reads a published word. @param offset in bytes */
  load(offset: number): number {
    return Atomics.load(this.signed, offset >>> 2) >>> 0;
  }

  /** Publishes a word. @param offset in bytes */
  store(offset: number, value: number): void {
    Atomics.store(this.signed, offset >>> 2, value | 0);
  }

  /** @returns the value before. @param offset in bytes */
  exchange(offset: number, value: number): number {
    return Atomics.exchange(this.signed, offset >>> 2, value | 0) >>> 0;
  }

  /** @param offset in bytes */
  or(offset: number, bits: number): void {
    Atomics.or(this.signed, offset >>> 2, bits | 0);
  }

  /** Writes what Rust reads back at open: shows that `Atomics` on this buffer reach the memory that Rust sees. */
  selfTest(value: number): void {
    this.store(OFFSET_SELF_TEST, value);
  }
}
