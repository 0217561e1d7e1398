import { expect, test } from "vitest";
import { openForTest, pattern, rejection } from "../support/runtime.ts";

/** Slots that calls may take: the other sixteen are kept for lifecycle requests. */
const CALL_SLOTS = 960;

/** Resolves when Rust has taken everything that was sent. */
async function taken(runtime: { stats(): Readonly<Record<string, number>> }, requests: number): Promise<void> {
  while ((runtime.stats().rustRequests ?? 0) < requests) await new Promise((resolve) => setImmediate(resolve));
}

test("an aborted call rejects with ABORTED and the reason, and Rust drops its future", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const reason = new Error("changed my mind");
  const controller = new AbortController();
  const call = extension.call("act", "hang", { signal: controller.signal });
  await taken(runtime, 2);
  controller.abort(reason);
  const error = await rejection(call);
  expect(error).toMatchObject({ name: "AbortedError", code: "ABORTED", componentId: "misbehaving/a", cause: reason });
  expect(error.message).toBe("the call was aborted: changed my mind");
  while ((runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await extension.call("counters")).toMatchObject({ dropped: 1 });
  expect(runtime.stats()).toMatchObject({ abandoned: 1, cancels: 1, inFlight: 0 });
});

test("a signal that is aborted already costs nothing: nothing is sent", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const before = runtime.stats().calls;
  const error = await rejection(extension.call("echo", pattern(1), { signal: AbortSignal.abort("no") }));
  expect(error).toMatchObject({ code: "ABORTED", cause: "no", componentId: "misbehaving/a" });
  expect(error.message).toBe("the call was aborted before it began: no");
  expect(runtime.stats().calls).toBe(before);
});

test("a reason without a text of its own aborts all the same", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [1, 2].map(() => rejection(extension.call("act", "hang", { signal })));
  controller.abort(Object.create(null));
  for (const call of calls) expect((await call).message).toBe("the call was aborted: [object Object]");
});

test("what waits and is given up keeps neither its place nor its bytes", async () => {
  const runtime = await openForTest({ waitingMax: 3_000 });
  const extension = await runtime.start("misbehaving/a");
  const hanging = new AbortController();
  const hung = Array.from({ length: CALL_SLOTS }, () =>
    rejection(extension.call("act", "hang", { signal: hanging.signal })),
  );
  const first = extension.call("echo", pattern(3));
  for (let round = 0; round < 5; round++) {
    const controller = new AbortController();
    const waiting = Array.from({ length: 2_500 }, () =>
      rejection(extension.call("echo", new Uint8Array(100), { signal: controller.signal })),
    );
    controller.abort();
    expect((await Promise.all(waiting)).every(({ code }) => code === "ABORTED")).toBe(true);
    expect(runtime.stats().waiting).toBe(1);
  }
  hanging.abort();
  await Promise.all(hung);
  expect(await first).toEqual(pattern(3));
});

test("a cancel in the same tick as its call is not lost", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  for (let round = 0; round < 500; round++) {
    const controller = new AbortController();
    const call = extension.call("act", "hang", { signal: controller.signal });
    controller.abort();
    expect((await rejection(call)).code).toBe("ABORTED");
  }
  while ((runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(runtime.stats()).toMatchObject({ cancels: 500, rustRunning: 0 });
});

test("a thousand calls may share one signal, with one listener", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = ((...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  }) as typeof signal.addEventListener;
  const calls = Array.from({ length: 1_000 }, () => rejection(extension.call("act", "hang", { signal })));
  expect(listeners).toBe(1);
  controller.abort();
  expect((await Promise.all(calls)).every(({ code }) => code === "ABORTED")).toBe(true);
});

test("an abort after the end changes nothing, and the signal is let go of", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  }) as typeof signal.removeEventListener;
  expect(await extension.call("echo", pattern(3), { signal })).toEqual(pattern(3));
  expect(listeners).toBe(0);
  controller.abort();
  expect(await extension.call("echo", pattern(4))).toEqual(pattern(4));
  expect(runtime.stats()).toMatchObject({ abandoned: 0, cancels: 0 });
});

test("a deadline ends a call that never would, on both sides", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  // A machine that is busy elsewhere may let a deadline pass before Rust has begun the call: then none is dropped.
  let begun = 0;
  for (let [deadline, looks] = [30, 1]; begun === 0; deadline *= 2, looks++) {
    const error = await rejection(extension.call("act", "hang", { deadline }));
    expect(error).toMatchObject({ name: "DeadlineError", code: "DEADLINE_EXCEEDED", componentId: "misbehaving/a" });
    expect(error.message).toBe("the deadline passed");
    while ((runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(runtime.stats().rustRunning).toBe(0);
    const { calls, dropped } = (await extension.call("counters")) as { calls: number; dropped: number };
    begun = calls - looks;
    expect(dropped).toBe(begun);
  }
});

test("the deadline runs while a call waits for a slot", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const controller = new AbortController();
  const { signal } = controller;
  const hung = Array.from({ length: CALL_SLOTS }, () => rejection(extension.call("act", "hang", { signal })));
  expect((await rejection(extension.call("echo", pattern(1), { deadline: 20 }))).code).toBe("DEADLINE_EXCEEDED");
  expect(runtime.stats()).toMatchObject({ waiting: 0, inFlight: CALL_SLOTS });
  controller.abort();
  await Promise.all(hung);
  expect(await extension.call("echo", pattern(2))).toEqual(pattern(2));
});

test.each([-1, Number.NaN, 2 ** 31, "5" as unknown as number])("the deadline %s is refused", async (deadline) => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const error = await rejection(extension.call("echo", pattern(1), { deadline }));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toBe(`deadline must be a number of milliseconds from 0 to 2147483647, got ${deadline}`);
});

test("calls without a slot wait in order", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const controller = new AbortController();
  const { signal } = controller;
  const hung = Array.from({ length: CALL_SLOTS }, () => rejection(extension.call("act", "hang", { signal })));
  const order: number[] = [];
  const waiting = Array.from({ length: 300 }, (_, index) =>
    extension.call("echo", pattern(index % 30, index)).then((answer) => {
      expect(answer).toEqual(pattern(index % 30, index));
      order.push(index);
    }),
  );
  await taken(runtime, CALL_SLOTS + 1);
  expect(runtime.stats()).toMatchObject({ inFlight: CALL_SLOTS, waiting: 300, fullWaits: 300 });
  controller.abort();
  await Promise.all([...hung, ...waiting]);
  expect(order).toEqual(Array.from({ length: 300 }, (_, index) => index));
});

test("a small call does not pass a large one that waits for bytes, though there are slots", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  // Rust takes nothing while this keeps its thread.
  const block = extension.call("act", { block: 300 });
  await taken(runtime, 2);
  const calls = [400_000, 400_000, 400_000, 8].map((length) => extension.call("echo", pattern(length, length)));
  expect(runtime.stats()).toMatchObject({ inFlight: 3, waiting: 2 });
  const [, ...answers] = (await Promise.all([block, ...calls])) as Uint8Array[];
  expect(answers.map(({ length }) => length)).toEqual([400_000, 400_000, 400_000, 8]);
});

test("beyond the bound of the queue a call rejects with RING_FULL", async () => {
  const runtime = await openForTest({ waitingMax: 2 });
  const extension = await runtime.start("misbehaving/a");
  const controller = new AbortController();
  const { signal } = controller;
  const calls = Array.from({ length: CALL_SLOTS + 2 }, () => rejection(extension.call("act", "hang", { signal })));
  const error = await rejection(extension.call("echo", pattern(1)));
  expect(error).toMatchObject({ code: "RING_FULL", retryable: true, componentId: "misbehaving/a" });
  expect(error.message).toBe(`the ring is full: ${CALL_SLOTS} calls are in flight and 2 calls wait for one`);
  controller.abort();
  const errors = await Promise.all(calls);
  expect(errors.every((each) => each.code === "ABORTED")).toBe(true);
  expect(await extension.call("echo", pattern(2))).toEqual(pattern(2));
});

test("a caller may choose to be refused at once", async () => {
  const runtime = await openForTest({ whenFull: "reject" });
  const extension = await runtime.start("misbehaving/a");
  const controller = new AbortController();
  const { signal } = controller;
  const hung = Array.from({ length: CALL_SLOTS }, () => rejection(extension.call("act", "hang", { signal })));
  const error = await rejection(extension.call("echo", pattern(1)));
  expect(error.code).toBe("RING_FULL");
  expect(error.message).toBe(`the ring is full: ${CALL_SLOTS} calls are in flight`);
  controller.abort();
  await Promise.all(hung);
});

test("hung calls in every slot cannot stop a start or a shutdown", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/hung");
  const hung = Array.from({ length: CALL_SLOTS + 50 }, () => rejection(extension.call("act", "hang")));
  await taken(runtime, CALL_SLOTS + 1);
  const other = await runtime.start("misbehaving/other");
  await other.shutdown();
  await extension.shutdown({ deadline: 200 });
  const errors = await Promise.all(hung);
  expect(errors.filter(({ code }) => code === "CANCELLED")).toHaveLength(CALL_SLOTS);
  expect(errors.filter(({ code }) => code === "SHUT_DOWN")).toHaveLength(50);
  expect(runtime.stats()).toMatchObject({ handles: 0, inFlight: 0, waiting: 0, rustRunning: 0 });
});

test("a blocking method does not hold up others, and hears of its cancellation", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  const blocked = extension.call("act_blocking", { block: 300 });
  const order: string[] = [];
  await Promise.all([
    blocked.then(() => order.push("blocking")),
    extension.call("echo", pattern(5)).then(() => order.push("echo")),
  ]);
  expect(order).toEqual(["echo", "blocking"]);
  const controller = new AbortController();
  const hanging = extension.call("act_blocking", "hang", { signal: controller.signal });
  await taken(runtime, 4);
  controller.abort();
  expect((await rejection(hanging)).code).toBe("ABORTED");
  while ((runtime.stats().inFlight ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(runtime.stats().rustRunning).toBe(0);
});

test("shutdown waits for blocking calls as well", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving/a");
  const order: string[] = [];
  const call = extension.call("act_blocking", { block: 200 }).then(() => order.push("call"));
  await taken(runtime, 2);
  await Promise.all([call, extension.shutdown().then(() => order.push("shutdown"))]);
  expect(order).toEqual(["call", "shutdown"]);
});

test("timers have their turn while calls follow one another without a pause", async () => {
  const runtime = await openForTest();
  const extension = await runtime.start("misbehaving");
  let fired = false;
  const timer = setInterval(() => {
    fired = true;
  }, 1);
  let calls = 0;
  while (!fired && calls < 1_000_000) {
    await extension.call("echo", pattern(1));
    calls++;
  }
  clearInterval(timer);
  expect(fired).toBe(true);
});
