/** The TypeScript side of each ring, against plain memory, across every wrap. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type BytePlace, ByteReader, ByteWriter } from "../../dist/ring/byte-ring.js";
import { Doorbell } from "../../dist/ring/doorbell.js";
import * as layout from "../../dist/ring/layout.generated.js";
import { RequestRing } from "../../dist/ring/request-ring.js";
import { Words } from "../../dist/ring/words.js";
import { PendingCalls } from "../../dist/runtime/pending-calls.js";
import { WaitingQueue } from "../../dist/runtime/queue.js";
import { pattern } from "../support/runtime.ts";

const PLACE: BytePlace = { name: "bytes", bytes: 64, capacity: 256, head: 0 };

test("any records pass a small byte ring in order, whole, and only when they fit", () => {
  const steps = fc.array(fc.record({ length: fc.nat(128), drain: fc.boolean() }), { maxLength: 200 });
  const starts = fc.nat(40).map((laps) => (2 ** 32 - laps * 8) >>> 0);
  fc.assert(
    fc.property(steps, starts, (plan, start) => {
      const words = new Words(new ArrayBuffer(1_024));
      words.store(PLACE.head, start);
      const [writer, reader] = [new ByteWriter(words, PLACE, start), new ByteReader(words, PLACE, start)];
      const written: { position: number; bytes: Uint8Array }[] = [];
      const drain = (): void => {
        for (const { position, bytes } of written.splice(0)) {
          expect(reader.copyOut(position, bytes.length)).toEqual(bytes);
        }
        reader.free();
      };
      plan.forEach(({ length, drain: drains }, index) => {
        if (!writer.hasSpace(length)) drain();
        expect(writer.hasSpace(length), "a record of half the ring fits into an empty one").toBe(true);
        const bytes = pattern(length, index);
        written.push({ position: writer.write(bytes), bytes });
        if (drains) drain();
      });
      drain();
      // Nothing was written outside.
      expect(words.bytes.subarray(PLACE.bytes + PLACE.capacity).every((byte) => byte === 0)).toBe(true);
    }),
  );
});

test("a reader trusts neither position nor length", () => {
  const words = new Words(new ArrayBuffer(1_024));
  const reader = new ByteReader(words, PLACE, 0);
  expect(() => reader.copyOut(8, 8)).toThrow("bytes: payload at 8, expected at 0");
  expect(() => reader.copyOut(0, 129)).toThrow("bytes: payload of 129 bytes, at most 128");
});

test("a batch of requests is published with one store, and rings once", () => {
  const words = new Words(new ArrayBuffer(layout.REGION_SIZE));
  const first = 2 ** 32 - 2;
  words.store(layout.OFFSET_REQUEST_TAIL, first);
  const ring = new RequestRing(words, first, 0);
  const fields = { operation: 1, handleIndex: 2, handleGeneration: 3, method: 4, deadlineLow: 5, deadlineHigh: 6 };
  for (let slot = 0; slot < 5; slot++) ring.write(slot, 9, fields, new Uint8Array(slot));
  expect(words.load(layout.OFFSET_REQUEST_TAIL)).toBe(first);
  expect(ring.unpublished).toBe(5);
  expect(ring.publish()).toBe(true);
  expect(words.load(layout.OFFSET_REQUEST_TAIL)).toBe(3);
  expect(ring.publish()).toBe(false);
  const at = (layout.OFFSET_REQUEST_ENTRIES >>> 2) + 2 * 16;
  expect([...words.plain.subarray(at, at + 10)]).toEqual([1, 4, 0, 4, 9, 2, 3, 4, 5, 6]);
});

test("a doorbell rings once for each sleep, and for freed space only who asked for it", () => {
  const words = new Words(new ArrayBuffer(64));
  const bell = new Doorbell(words, 0);
  expect(bell.afterPublish()).toBe(false);
  bell.beforeSleep(false);
  expect(bell.isParked).toBe(true);
  expect(bell.afterFree()).toBe(false);
  expect(bell.afterPublish()).toBe(true);
  expect(bell.afterPublish()).toBe(false);
  bell.beforeSleep(true);
  expect(bell.afterFree()).toBe(true);
  expect(bell.isParked).toBe(false);
  bell.beforeSleep(true);
  bell.takeBack();
  expect(bell.afterPublish()).toBe(false);
});

test("a slot has one owner, its generation moves on every use and skips 0, and strangers release nothing", () => {
  const pending = new PendingCalls<{ isLifecycle: boolean; name: string }>(2 ** 32 - 2);
  const owner = { isLifecycle: false, name: "call" };
  const slot = pending.claim(owner);
  expect(pending.generation(slot)).toBe(2 ** 32 - 1);
  expect(pending.release(slot, 1)).toBe(undefined);
  expect(pending.release(slot + 1, 2 ** 32 - 1)).toBe(undefined);
  expect(pending.release(99_999, 1)).toBe(undefined);
  expect(pending.release(slot, 2 ** 32 - 1)).toBe(owner);
  expect(pending.release(slot, 2 ** 32 - 1)).toBe(undefined);
  expect(pending.claim(owner)).toBe(slot);
  expect(pending.generation(slot)).toBe(1);
});

test("sixteen slots are kept for lifecycle requests", () => {
  const pending = new PendingCalls<{ isLifecycle: boolean }>(0);
  const claims = (isLifecycle: boolean): number => {
    let count = 0;
    while (pending.claim({ isLifecycle }) >= 0) count++;
    return count;
  };
  expect(claims(false)).toBe(layout.SLOT_COUNT - 16);
  expect(pending.hasFree(false)).toBe(false);
  expect(pending.hasFree(true)).toBe(true);
  expect(claims(true)).toBe(16);
  expect(pending.count).toBe(layout.SLOT_COUNT);
  expect(pending.owners()).toHaveLength(layout.SLOT_COUNT);
});

test("a queue gives out what came first, skips what was settled, and counts neither", () => {
  const steps = fc.array(fc.record({ push: fc.nat(400), settle: fc.nat(300), shift: fc.nat(300) }), { maxLength: 12 });
  fc.assert(
    fc.property(steps, fc.nat(), (plan, seed) => {
      const queue = new WaitingQueue<{ state: string; readonly number: number }>();
      let model: { state: string; readonly number: number }[] = [];
      let next = 0;
      for (const { push, settle, shift } of plan) {
        for (let count = 0; count < push; count++) {
          const item = { state: "waiting", number: next++ };
          queue.push(item);
          model.push(item);
        }
        for (let count = 0; count < settle && model.length > 0; count++) {
          const [item] = model.splice((seed + count * 7) % model.length, 1);
          if (item === undefined) break;
          item.state = "settled";
          queue.settledOne();
        }
        const wrong = Array.from({ length: shift }, () => [queue.shift(), model.shift()]).filter(([a, b]) => a !== b);
        expect(wrong).toEqual([]);
        expect(queue.count).toBe(model.length);
      }
      expect(queue.clear()).toEqual(model);
      expect(queue.count).toBe(0);
      model = [];
    }),
    { numRuns: 40 },
  );
});
