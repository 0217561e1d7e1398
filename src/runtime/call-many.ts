/** `callMany`: a batch of calls behind one promise. */
import type { Context } from "../core/context.ts";
import { BatchError } from "../core/errors.ts";
import { FLAG_CONTEXT, OP_CALL_MANY, STATUS_OK } from "../ring/layout.generated.ts";
import { BatchFrame, type ItemFailure, readResults } from "./batch.ts";
import type { CallTarget } from "./call-target.ts";
import { encode } from "./codec.ts";
import { framedPayload, hasCallerInfo } from "./context-message.ts";
import type { Engine } from "./engine.ts";
import { outcomeError, withPrefix } from "./outcome.ts";
import { abortedError, type Outcome, PendingRequest, type RequestLimits } from "./request.ts";

/** A call has one while it makes its frames: an item's own code, like a `toJSON`, may begin another. */
const spare: BatchFrame[] = [];
const SPARE_MAX = 4;

export async function callMany(
  engine: Engine,
  call: CallTarget,
  payloads: readonly unknown[],
  limits: Context,
): Promise<unknown[]> {
  const many = new ManyCall(call, payloads.length);
  const frame = spare.pop() ?? new BatchFrame();
  try {
    send(engine, many, frame, payloads, limits);
  } finally {
    frame.clear();
    if (spare.length < SPARE_MAX) spare.push(frame);
  }
  if (many.left > 0) await new Promise<void>((resolve) => many.whenDone(resolve));
  const { failures, results } = many;
  if (failures.length === 0) return results;
  failures.sort((one, other) => one.index - other.index);
  throw new BatchError(failures, results, { componentId: call.componentId });
}

/** Sends each frame as soon as it is full: Rust works on it while the next one is made. */
function send(engine: Engine, many: ManyCall, frame: BatchFrame, payloads: readonly unknown[], options: Context): void {
  // Nothing else of what the caller said: a frame's memory is used again, and no buffer is for all frames.
  const { signal, deadline } = options;
  const limits = { signal, deadline };
  const { info, componentId } = many.call;
  const isFramed = hasCallerInfo(options);
  const target = many.call.as(isFramed ? OP_CALL_MANY | FLAG_CONTEXT : OP_CALL_MANY);
  let places: number[] | undefined;
  let first = 0;
  const close = (): void => {
    const { count } = frame;
    // A context that is refused is so before anything was sent.
    const payload = isFramed ? framedPayload(options, frame.take()) : frame.take();
    many.left++;
    const request = new FrameRequest(engine, target, payload, limits, many, first, count, places);
    engine.submit(request);
    // An item's own code may have aborted: a listener that is added after that hears nothing.
    if (signal?.aborted === true) request.fail(abortedError("the call was aborted", signal));
    engine.publish();
    places = undefined;
  };
  for (let index = 0; index < payloads.length; index++) {
    let item: Uint8Array;
    try {
      item = encode(info, payloads[index]);
    } catch (error) {
      many.failures.push({ index, error: withPrefix(error, "", componentId, info.name) });
      // The places of the frame's items are no row any more.
      places ??= Array.from({ length: frame.count }, (_, position) => first + position);
      continue;
    }
    if (frame.isFullFor(item.length)) close();
    if (frame.count === 0) first = index;
    places?.push(index);
    frame.add(item);
  }
  if (frame.count > 0) close();
}

/** What has come of a batch. */
class ManyCall {
  readonly call: CallTarget;
  readonly results: unknown[];
  readonly failures: ItemFailure[] = [];
  /** Frames without an outcome. */
  left = 0;
  #done: (() => void) | undefined;

  constructor(call: CallTarget, count: number) {
    this.call = call;
    this.results = new Array<unknown>(count);
  }

  whenDone(done: () => void): void {
    this.#done = done;
  }

  ended(): void {
    this.left--;
    if (this.left === 0) this.#done?.();
  }
}

/** A frame under way. */
class FrameRequest extends PendingRequest {
  readonly #many: ManyCall;
  readonly #first: number;
  readonly #count: number;
  readonly #places: readonly number[] | undefined;

  constructor(
    engine: Engine,
    target: CallTarget,
    payload: Uint8Array,
    limits: RequestLimits,
    many: ManyCall,
    first: number,
    count: number,
    places: readonly number[] | undefined,
  ) {
    super(engine, target, payload, limits);
    this.#many = many;
    this.#first = first;
    this.#count = count;
    this.#places = places;
  }

  protected override onOutcome(outcome: Outcome): void {
    const { call, results, failures } = this.#many;
    if (outcome.status !== STATUS_OK) throw outcomeError(outcome, call.componentId, undefined, call.info.name);
    const failed = readResults(call.info, call.componentId, outcome.payload, results, this.#first, this.#places);
    for (const failure of failed) failures.push(failure);
    this.#many.ended();
  }

  protected override onFailure(error: unknown): void {
    const { call, failures } = this.#many;
    const why = withPrefix(error, "", call.componentId, call.info.name);
    for (let index = 0; index < this.#count; index++) {
      failures.push({ index: this.#places?.[index] ?? this.#first + index, error: why });
    }
    this.#many.ended();
  }
}
