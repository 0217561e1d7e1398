/** `callMany`: a batch of calls behind one promise. */
import { BatchError } from "../core/errors.ts";
import { OP_CALL_MANY, STATUS_OK } from "../ring/layout.generated.ts";
import { BatchFrame, encodeItem, type ItemFailure, readResults } from "./batch.ts";
import type { CallTarget } from "./call-target.ts";
import type { Engine } from "./engine.ts";
import { outcomeError } from "./outcome.ts";
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
  // All are encoded before the first is sent: a payload that cannot be encoded fails the batch before it begins.
  const frames: { readonly first: number; readonly count: number; readonly payload: Uint8Array }[] = [];
  const frame = new BatchFrame();
  let first = 0;
  const close = (): void => {
    const { count } = frame;
    frames.push({ first, count, payload: frame.take() });
    first += count;
  };
  for (let index = 0; index < payloads.length; index++) {
    const item = encodeItem(info, payloads[index], index);
    if (frame.isFullFor(item.length)) close();
    frame.add(item);
  }
  if (frame.count > 0) close();

  const failures: ItemFailure[] = [];
  await Promise.all(
    frames.map(async ({ first, count, payload }) => {
      const failAll = (error: unknown): void => {
        for (let index = first; index < first + count; index++) failures.push({ index, error });
      };
      try {
        const outcome = await send(engine, target, payload, limits);
        if (outcome.status !== STATUS_OK) throw outcomeError(outcome, componentId);
        failures.push(...readResults(info, componentId, outcome.payload, results, first));
      } catch (error) {
        failAll(error);
      }
    }),
  );
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
