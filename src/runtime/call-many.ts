/** `callMany`: a batch of calls behind one promise. */
import { BatchError } from "../core/errors.ts";
import { OP_CALL_MANY, STATUS_OK } from "../ring/layout.generated.ts";
import { BatchFrame, type ItemFailure, readResults } from "./batch.ts";
import type { CallTarget } from "./call-target.ts";
import { encode } from "./codec.ts";
import type { Engine } from "./engine.ts";
import { outcomeError, withPrefix } from "./outcome.ts";
import { HandledRequest, type Outcome, type RequestLimits } from "./request.ts";

export async function callMany(
  engine: Engine,
  call: CallTarget,
  payloads: readonly unknown[],
  limits: RequestLimits,
): Promise<unknown[]> {
  const { info, componentId } = call;
  const target = call.as(OP_CALL_MANY);
  const results: unknown[] = new Array<unknown>(payloads.length);
  const failures: ItemFailure[] = [];
  const frames: Promise<void>[] = [];
  const frame = new BatchFrame();
  let items: number[] | undefined;
  let first = 0;
  // Each frame goes as soon as it is full: Rust works on it while the next one is made.
  const close = (): void => {
    const { count } = frame;
    frames.push(receive(first, count, items, frame.take()));
    engine.publish();
    items = undefined;
  };
  const receive = async (first: number, count: number, items: number[] | undefined, payload: Uint8Array) => {
    const place = (index: number): number => items?.[index] ?? first + index;
    try {
      const outcome = await send(engine, target, payload, limits);
      if (outcome.status !== STATUS_OK) throw outcomeError(outcome, componentId);
      failures.push(...readResults(info, componentId, outcome.payload, results, place));
    } catch (error) {
      for (let index = 0; index < count; index++) failures.push({ index: place(index), error });
    }
  };
  for (let index = 0; index < payloads.length; index++) {
    let item: Uint8Array;
    try {
      item = encode(info, payloads[index]);
    } catch (error) {
      failures.push({ index, error: withPrefix(error, "", componentId) });
      // The places of the frame's items are no row any more.
      items ??= Array.from({ length: frame.count }, (_, position) => first + position);
      continue;
    }
    if (frame.isFullFor(item.length)) close();
    if (frame.count === 0) first = index;
    items?.push(index);
    frame.add(item);
  }
  if (frame.count > 0) close();
  await Promise.all(frames);
  if (failures.length === 0) return results;
  failures.sort((one, other) => one.index - other.index);
  throw new BatchError(failures, results, { componentId });
}

/** Sends a frame. The frame is its own, so it needs no copy while it waits. */
function send(engine: Engine, target: CallTarget, payload: Uint8Array, limits: RequestLimits): Promise<Outcome> {
  return new Promise((onOutcome, onFailure) => {
    const options = { ...limits, lend: true };
    engine.submit(new HandledRequest(engine, target, payload, options, { onOutcome, onFailure }));
  });
}
