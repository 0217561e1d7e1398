/** The request of a call that has options, or has to wait. */
import { STATUS_OK } from "../ring/layout.generated.ts";
import type { CallTarget } from "./call-target.ts";
import { decode } from "./codec.ts";
import type { Engine } from "./engine.ts";
import { outcomeError, withPrefix } from "./outcome.ts";
import { lateResult, type Outcome, PendingRequest, type RequestLimits } from "./request.ts";
import type { CallOptions } from "./types.ts";

export class Call extends PendingRequest {
  readonly #call: CallTarget;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #late: ((result: unknown) => void) | undefined;

  constructor(
    engine: Engine,
    target: CallTarget,
    payload: Uint8Array,
    options: CallOptions & RequestLimits,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super(engine, target, payload, options);
    this.#call = target;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#late = options[lateResult];
  }

  protected override onLate({ status, payload }: Outcome): void {
    if (this.#late !== undefined && status === STATUS_OK) this.#late(decode(this.#call.info, payload));
  }

  protected override onOutcome(outcome: Outcome): void {
    if (outcome.status !== STATUS_OK) {
      const { componentId, info } = this.#call;
      this.#reject(this.#call.error(outcomeError(outcome, componentId, undefined, info.name)));
      return;
    }
    try {
      this.#resolve(this.#call.result(decode(this.#call.info, outcome.payload)));
    } catch (error) {
      this.#reject(withPrefix(error, "", this.#call.componentId, this.#call.info.name));
    }
  }

  protected override onFailure(error: unknown): void {
    this.#reject(withPrefix(error, "", this.#call.componentId, this.#call.info.name));
  }
}
