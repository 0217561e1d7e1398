/**
 * What one side may find in the shared memory that the other could never have written: the lane ends, and nothing else.
 */
import { expect, test } from "vitest";
import * as layout from "../../dist/ring/layout.generated.js";
import { engineOver, freshWords, NO_FIRST, type Rust } from "../support/engine.ts";
import { rejection } from "../support/runtime.ts";

test.each<[string, (rust: Rust) => void, string]>([
  [
    "a slot that is out of range",
    (rust) => rust.complete({ slot: 5_000 }),
    "completion ring: no request is pending in slot 5000",
  ],
  ["a generation that is not the slot's", (rust) => rust.complete({ generation: 77 }), "with generation 77"],
  ["a slot that has no request", (rust) => rust.complete({ slot: 500 }), "no request is pending in slot 500"],
  ["a status that is none", (rust) => rust.complete({ status: 99 }), "completion ring: status is 99"],
  [
    "a payload that is longer than its place",
    (rust) => rust.complete({ length: 41 }),
    "payload of 41 bytes, at most 40",
  ],
  [
    "a payload that is longer than half the bytes",
    (rust) => rust.complete({ length: 600_000, bytes: true }),
    "payload of 600000 bytes, at most 524288",
  ],
  [
    "a payload that stands elsewhere",
    (rust) => rust.complete({ length: 64, bytes: true, position: 8 }),
    "completion bytes: payload at 8, expected at 0",
  ],
  ["an event tail that is not there", (rust) => rust.complete({ eventTail: 3 }), "a completion names tail 3"],
  ["more entries than the ring holds", (rust) => rust.publishCompletions(2_000), "2000 entries published"],
  ["an event of no kind", (rust) => rust.event(9, "{}"), "event ring: kind is 9"],
  ["Rust's own word that the protocol is broken", (rust) => rust.event(layout.EVENT_FAULT, "so it is"), "so it is"],
])("%s", async (_, attack, text) => {
  const { engine, rust, call } = engineOver(freshWords(NO_FIRST));
  const [first, second] = [rejection(call()), rejection(call())];
  attack(rust);
  const errors = await Promise.all([first, second]);
  for (const error of errors) expect(error.code).toBe("PROTOCOL_VIOLATION");
  expect(errors[0]?.message).toContain(text);
  expect(engine.isOver).toBe(true);
  // Whatever comes afterwards gets the same reason, and nothing of the memory is read.
  expect((await rejection(call())).message).toBe(errors[0]?.message);
});

test("a completion settles once: the same again is a violation", async () => {
  const { engine, rust, call } = engineOver(freshWords(NO_FIRST));
  const [answered, other] = [call(), rejection(call())];
  rust.complete({});
  expect(await answered).toBe(layout.STATUS_OK);
  rust.complete({});
  expect((await other).code).toBe("PROTOCOL_VIOLATION");
  expect(engine.isOver).toBe(true);
});

test("a completion may name a tail that was passed: its events were taken before it was seen", async () => {
  const heard: string[] = [];
  const { engine, rust, call } = engineOver(freshWords(NO_FIRST), NO_FIRST, heard);
  const answer = call();
  await Promise.resolve();
  rust.event(layout.EVENT_LOG, "one");
  rust.event(layout.EVENT_LOG, "two");
  expect(heard).toEqual(["one", "two"]);
  rust.complete({ eventTail: 1 });
  expect(await answer).toBe(layout.STATUS_OK);
  expect(engine.isOver).toBe(false);
});

test("events up to the tail that a completion names are handed out before it settles, later ones after", async () => {
  const heard: string[] = [];
  const { rust, callAndListen } = engineOver(freshWords(NO_FIRST), NO_FIRST, heard);
  callAndListen();
  await Promise.resolve();
  rust.event(layout.EVENT_LOG, "before", false);
  rust.event(layout.EVENT_LOG, "later", false);
  rust.complete({ eventTail: 1 });
  expect(heard).toEqual(["before", "settled"]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(["before", "settled", "later"]);
});

test("the payload is copied out before anybody looks at it", async () => {
  const words = freshWords(NO_FIRST);
  const { rust, callForBytes } = engineOver(words);
  const answer = callForBytes();
  rust.complete({ length: 64, bytes: true, position: 0, fill: 1 });
  const bytes = await answer;
  words.bytes.fill(2, layout.OFFSET_COMPLETION_BYTES, layout.OFFSET_COMPLETION_BYTES + 64);
  expect([...bytes]).toEqual(new Array(64).fill(1));
});

test("a result that comes after its call was given up is not written into the caller's buffer", async () => {
  const { engine, rust, request } = engineOver(freshWords(NO_FIRST));
  const [controller, into] = [new AbortController(), new Uint8Array(64)];
  const answer = rejection(request(layout.OP_CALL, { signal: controller.signal, into }));
  await Promise.resolve();
  controller.abort();
  expect((await answer).code).toBe("ABORTED");
  rust.complete({ length: 64, bytes: true, position: 0, fill: 1 });
  expect([engine.inFlight, engine.isOver]).toEqual([0, false]);
  expect([...into]).toEqual(new Array(64).fill(0));
});

test("a shutdown that was aborted while it waited for a slot is sent all the same", async () => {
  const { engine, rust, request } = engineOver(freshWords(NO_FIRST));
  const { signal } = new AbortController();
  // All but those that others have for themselves.
  const slots = layout.SLOT_COUNT - layout.ANSWER_SLOT_COUNT - layout.NESTED_SLOT_COUNT;
  for (let taken = 0; taken < slots; taken++) void request(layout.OP_READY, { signal });
  const controller = new AbortController();
  const ending = rejection(request(layout.OP_SHUTDOWN, { signal: controller.signal }));
  controller.abort();
  expect((await ending).code).toBe("ABORTED");
  expect(engine.sent).toBe(slots);
  rust.complete({});
  expect(engine.sent).toBe(slots + 1);
});
