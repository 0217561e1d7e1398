/** The TypeScript side of each ring, against plain memory, across every wrap. */
import fc from "fast-check";
import { assert, expect, test } from "vitest";
import { type BytePlace, ByteReader, ByteWriter } from "../../dist/ring/byte-ring.js";
import { type Allocate, CellReader, CellWriter, REQUEST_CELLS } from "../../dist/ring/cell-ring.js";
import { Doorbell } from "../../dist/ring/doorbell.js";
import * as layout from "../../dist/ring/layout.generated.js";
import { privateBytes } from "../../dist/ring/private-bytes.js";
import { RequestRing } from "../../dist/ring/request-ring.js";
import { Words } from "../../dist/ring/words.js";
import { PendingCalls, RANK_ANSWER, RANK_DEEPEST, RANK_LIFECYCLE } from "../../dist/runtime/pending-calls.js";
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
  const target = { operation: 1, handleIndex: 2, handleGeneration: 3, method: 4 };
  const deadline = { deadlineLow: 5, deadlineHigh: 6 };
  for (let slot = 0; slot < 5; slot++) ring.write(slot, 9, target, deadline, new Uint8Array(slot));
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

test("a slot has one owner, its generation moves on every use and skips 0, and strangers find nothing", () => {
  const pending = new PendingCalls(2 ** 32 - 2);
  const slot = pending.claim(0);
  assert(slot !== undefined);
  const { index } = slot;
  expect(slot.generation).toBe(2 ** 32 - 1);
  expect(pending.find(index, 1)).toBe(undefined);
  expect(pending.find(index + 1, 2 ** 32 - 1)).toBe(undefined);
  expect(pending.find(99_999, 1)).toBe(undefined);
  expect(pending.find(index, 2 ** 32 - 1)).toBe(slot);
  pending.release(slot);
  expect(pending.find(index, 2 ** 32 - 1)).toBe(undefined);
  expect(pending.claim(0)).toBe(slot);
  expect(slot.generation).toBe(1);
});

test("slots are kept for lifecycle requests, for answers, and for each depth of calls within calls", () => {
  const pending = new PendingCalls(0);
  const claims = (rank: number): number => {
    let count = 0;
    while (pending.claim(rank) !== undefined) count++;
    return count;
  };
  expect(claims(0)).toBe(layout.SLOT_COUNT - 16 - 16 - 32);
  expect(claims(1)).toBe(1);
  expect(pending.hasFree(1)).toBe(false);
  expect(claims(5)).toBe(4); // what lower ranks have left
  expect(claims(3)).toBe(0);
  expect(claims(RANK_DEEPEST)).toBe(32 - 5);
  expect([claims(RANK_ANSWER), claims(RANK_LIFECYCLE)]).toEqual([16, 16]);
  expect(pending.count).toBe(layout.SLOT_COUNT);
  expect(pending.taken()).toHaveLength(layout.SLOT_COUNT);
});

test("payloads in cells come whole, replace what was given up, and what does not follow is a violation", () => {
  const words = new Words(new ArrayBuffer(layout.REGION_SIZE));
  const first = 2 ** 32 - 3;
  for (const offset of [REQUEST_CELLS.tail, REQUEST_CELLS.head]) words.store(offset, first);
  const writer = new CellWriter(words, REQUEST_CELLS, first);
  const allocate: Allocate = (_slot, _generation, total, present) => present ?? new Uint8Array(total);
  const reader = new CellReader(words, REQUEST_CELLS, first, 3_000_000, allocate);
  const send = (slot: number, generation: number, payload: Uint8Array, upTo = payload.length): void => {
    for (let offset = 0; offset < upTo; ) {
      expect(writer.hasSpace).toBe(true);
      offset += writer.write(slot, generation, payload.length, offset, payload.subarray(offset));
      if (writer.hasSpace) continue;
      writer.publish();
      expect(reader.take()).toBe(layout.CELL_COUNT);
      expect(writer.hasSpace).toBe(false);
      reader.release();
    }
    writer.publish();
    reader.take();
    reader.release();
  };
  const payload = pattern(2_500_000, 3);
  send(5, 9, payload, 100_000); // given up
  send(7, 1, payload);
  expect(() => reader.finish(7, 2, payload.length)).toThrow("was announced");
  expect(Buffer.compare(reader.finish(7, 1, payload.length), payload)).toBe(0);
  send(7, 2, payload, 100_000);
  expect(() => reader.finish(7, 2, payload.length)).toThrow("131040 have come");
  writer.write(8, 2, payload.length, 131_040, payload);
  writer.publish();
  expect(() => reader.take()).toThrow("request cells: fragment at 131040, expected at 131040");
});

test("a whole payload in cells stays until it is asked for, though the next one is there", () => {
  const words = new Words(new ArrayBuffer(layout.REGION_SIZE));
  const writer = new CellWriter(words, REQUEST_CELLS, 0);
  const allocate: Allocate = (_slot, _generation, total, present) => present ?? privateBytes(total);
  const reader = new CellReader(words, REQUEST_CELLS, 0, 3_000_000, allocate);
  const payloads = [pattern(70_000, 1), pattern(70_000, 2)];
  payloads.forEach((payload, slot) => {
    for (let offset = 0; offset < payload.length; )
      offset += writer.write(slot, 1, payload.length, offset, payload.subarray(offset));
  });
  writer.publish();
  for (const [slot, payload] of payloads.entries()) {
    expect(reader.take()).toBe(2);
    expect(reader.hasMore).toBe(false);
    expect(Buffer.compare(reader.finish(slot, 1, payload.length), payload)).toBe(0);
  }
});

test("a cell that claims too much is a violation", () => {
  const words = new Words(new ArrayBuffer(layout.REGION_SIZE));
  const reader = new CellReader(words, REQUEST_CELLS, 0, 1_000, () => new Uint8Array(0));
  words.plain[(REQUEST_CELLS.cells >>> 2) + layout.WORD_CELL_TOTAL] = 1_001;
  words.store(REQUEST_CELLS.tail, 1);
  expect(() => reader.take()).toThrow("request cells: payload of 1001 bytes, at most 1000");
  words.store(REQUEST_CELLS.tail, layout.CELL_COUNT + 1);
  expect(() => reader.take()).toThrow("cells published");
});

test("small results share memory, and never with each other", () => {
  const lengths = fc.array(fc.nat(3_000), { maxLength: 200 });
  fc.assert(
    fc.property(lengths, (plan) => {
      const made = plan.map((length, index) => privateBytes(length).fill(index));
      made.forEach((bytes, index) => {
        expect(bytes.length).toBe(plan[index]);
        expect(bytes.every((byte) => byte === (index & 0xff))).toBe(true);
        expect(bytes.byteOffset % 8).toBe(0);
      });
    }),
  );
});

test("a queue gives out what came first, skips what was settled, and counts neither", () => {
  const steps = fc.array(fc.record({ push: fc.nat(400), settle: fc.nat(300), shift: fc.nat(300) }), { maxLength: 12 });
  fc.assert(
    fc.property(steps, fc.nat(), (plan, seed) => {
      const queue = new WaitingQueue<{ isDropped: boolean; readonly number: number }>();
      let model: { isDropped: boolean; readonly number: number }[] = [];
      let next = 0;
      for (const { push, settle, shift } of plan) {
        for (let count = 0; count < push; count++) {
          const item = { isDropped: false, number: next++ };
          queue.push(item);
          model.push(item);
        }
        for (let count = 0; count < settle && model.length > 0; count++) {
          const [item] = model.splice((seed + count * 7) % model.length, 1);
          if (item === undefined) break;
          item.isDropped = true;
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
