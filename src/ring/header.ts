/** A region's identity, checked field by field before anything else is read from it. Twin of `ring/src/header.rs`. */
import { LibraryError } from "../core/errors.ts";
import * as layout from "./layout.generated.ts";
import type { Words } from "./words.ts";

/** Where a lane starts counting. Tests start just below the wrap. */
export interface First {
  /** Every descriptor cursor. */
  readonly cursor: number;
  /** Every byte cursor; a multiple of 8. */
  readonly byteCursor: number;
  /** Generation before a slot's first use. */
  readonly generation: number;
}

/** What a lane may carry. Both sides hold to it. */
export interface Limits {
  /** Bytes of the longest payload, in either direction. */
  readonly payloadMax: number;
  /** Bytes of payloads that may be under way in each direction before their source is held up. */
  readonly heldMax: number;
}

export type Header = First & Limits;

const IDENTITY: readonly (readonly [field: string, offset: number, ours: number])[] = [
  ["magic", layout.OFFSET_MAGIC, layout.MAGIC],
  ["layout version", layout.OFFSET_LAYOUT_VERSION, layout.LAYOUT_VERSION],
  ["layout fingerprint (low)", layout.OFFSET_FINGERPRINT_LOW, layout.FINGERPRINT_LOW],
  ["layout fingerprint (high)", layout.OFFSET_FINGERPRINT_HIGH, layout.FINGERPRINT_HIGH],
  ["byte order mark", layout.OFFSET_BYTE_ORDER, layout.BYTE_ORDER_MARK],
  ["entry count", layout.OFFSET_ENTRY_COUNT, layout.ENTRY_COUNT],
  ["slot count", layout.OFFSET_SLOT_COUNT, layout.SLOT_COUNT],
  ["size", layout.OFFSET_REGION_SIZE, layout.REGION_SIZE],
];

/**
 * Checks that a region is one that this side can use.
 * @throws {LibraryError} `LAYOUT_MISMATCH`, naming the first field that differs, and both values
 */
export function checkHeader(words: Words, path: string): Header {
  for (const [field, offset, ours] of IDENTITY) {
    const theirs = words.load(offset);
    if (theirs !== ours) {
      const values = `the library's is ${hex(theirs)}, this package has ${hex(ours)}`;
      const remedy = "build the library against the crates of this ferrule version";
      throw new LibraryError("LAYOUT_MISMATCH", `${path} has another memory layout: ${field}: ${values}; ${remedy}`);
    }
  }
  return {
    cursor: words.load(layout.OFFSET_FIRST_CURSOR),
    byteCursor: words.load(layout.OFFSET_FIRST_BYTE_CURSOR),
    generation: words.load(layout.OFFSET_FIRST_GENERATION),
    payloadMax: words.load(layout.OFFSET_PAYLOAD_MAX),
    heldMax: words.load(layout.OFFSET_HELD_MAX),
  };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
