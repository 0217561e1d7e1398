/**
 * One request from its birth to its only settlement, whichever of completion, abort, deadline and close comes first.
 */
import { type CallerInfo, callDepth } from "../core/context.ts";
import { AbortedError, DeadlineError, FerruleError, messageOf } from "../core/errors.ts";
import { OP_ANSWER, OP_CALL, OP_CALL_MANY, OP_SHUTDOWN, OP_WRITE, TAG_CODE_MASK } from "../ring/layout.generated.ts";
import type { RequestDeadline, RequestTarget } from "../ring/request-ring.ts";
import type { CallTarget } from "./call-target.ts";
import { deadlineHalves, timerMax } from "./clock.ts";
import { unreadable } from "./outcome.ts";
import { type PendingSlot, RANK_ANSWER, RANK_DEEPEST, RANK_LIFECYCLE, type Rank } from "./pending-calls.ts";

/** What a completion brought. */
export interface Outcome {
  /** One of the `STATUS_` codes. */
  readonly status: number;
  /** A private copy. */
  readonly payload: Uint8Array;
}

/** How a call's bytes travel. */
export interface PayloadOptions {
  /** Where the result goes, if it fits: the answer is a view of it then. */
  readonly into?: Uint8Array | undefined;
  /** The caller leaves the payload alone until the call is settled: it is not copied even if it has to wait. */
  readonly lend?: boolean | undefined;
}

export interface RequestLimits extends Pick<CallerInfo, typeof callDepth> {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now. */
  readonly deadline?: number | undefined;
  /** Of a call that goes first. */
  readonly rank?: Rank | undefined;
  /** Hears the result of a call that was settled before it came. */
  readonly [lateResult]?: ((result: unknown) => void) | undefined;
}

/** @internal */
export const lateResult = Symbol("lateResult");

/** Where a request is. */
type State =
  /** Nobody has it yet. */
  | "new"
  /** In the queue: no slot was free, or no space. */
  | "waiting"
  /** It has a slot. */
  | "sent"
  /** Its promise is settled; when it had a slot, that is still taken until the completion comes. */
  | "settled";

/** What a request needs of the engine that carries it. */
export interface RequestHost {
  /** A request that waited, or was sent, was settled early. */
  abandoned(request: PendingRequest): void;
}

const CALLS: readonly number[] = [OP_CALL, OP_CALL_MANY, OP_WRITE];

/** Fields are flat and set in one order: this object is made for every call with a signal, a deadline or a buffer. */
export abstract class PendingRequest implements RequestDeadline {
  readonly target: RequestTarget;
  /** The same for a call. */
  readonly callTarget: CallTarget | undefined;
  readonly deadlineLow: number;
  readonly deadlineHigh: number;
  /** What it may take, and whom it passes. */
  readonly rank: Rank;
  /** What is left of it to be written. */
  payload: Uint8Array;
  /** Bytes of the whole payload. */
  readonly length: number;
  /** Where its result goes, if it fits. */
  readonly into: Uint8Array | undefined;
  /** Its owner leaves the payload alone until the request is settled. */
  readonly isLent: boolean;
  slot: PendingSlot | undefined = undefined;
  /** Its descriptor is in the ring: a completion will come. */
  isWritten = false;
  state: State = "new";
  readonly #host: RequestHost;
  #watch: Watch | undefined;

  /** @throws {FerruleError} `INVALID_ARGUMENT` for a deadline that is no number of milliseconds */
  constructor(
    host: RequestHost,
    target: RequestTarget | CallTarget,
    payload: Uint8Array,
    limits: RequestLimits & PayloadOptions,
  ) {
    const { signal, deadline } = limits;
    this.target = target;
    const isCall = CALLS.includes(target.operation & TAG_CODE_MASK);
    const others = target.operation === OP_ANSWER ? RANK_ANSWER : RANK_LIFECYCLE;
    this.rank = limits.rank ?? (isCall ? Math.min(limits[callDepth] ?? 0, RANK_DEEPEST) : others);
    this.callTarget = isCall ? (target as CallTarget) : undefined;
    const halves = deadline === undefined ? NO_DEADLINE : deadlineHalves(checkDeadline(deadline));
    this.deadlineLow = halves[0];
    this.deadlineHigh = halves[1];
    this.payload = payload;
    this.length = payload.length;
    this.into = limits.into;
    this.isLent = limits.lend === true;
    this.#host = host;
    if (signal !== undefined || deadline !== undefined) this.#watch = new Watch(this, signal, deadline);
  }

  /** A call, or several. */
  get isCall(): boolean {
    return this.rank <= RANK_DEEPEST;
  }

  /** Nobody waits for it any more, and it needs not be sent. A shutdown is: its instance must not stay behind. */
  get isDropped(): boolean {
    return this.state === "settled" && this.target.operation !== OP_SHUTDOWN;
  }

  /** The request ended, one way or the other: settles the caller's promise. */
  protected abstract onOutcome(outcome: Outcome): void;
  protected abstract onFailure(error: unknown): void;

  /** An outcome came after the request was settled: a start's instance, for one, must not stay behind. */
  protected onLate(_outcome: Outcome): void {}

  /** The completion came. */
  complete(outcome: Outcome): void {
    if (this.state === "settled") {
      this.onLate(outcome);
      return;
    }
    this.#settle();
    try {
      this.onOutcome(outcome);
    } catch (error) {
      this.onFailure(unreadable(error));
    }
  }

  /** Settles it early. Does nothing when it is settled. */
  fail(error: unknown): void {
    if (this.state === "settled") return;
    const before = this.state;
    this.#settle();
    this.onFailure(error);
    if (before !== "new") this.#host.abandoned(this);
  }

  #settle(): void {
    this.state = "settled";
    this.#watch?.end();
    this.#watch = undefined;
  }
}

/** A request that settles through functions: for the rare kinds. */
export class HandledRequest extends PendingRequest {
  readonly #handlers: RequestHandlers;

  constructor(
    host: RequestHost,
    target: RequestTarget,
    payload: Uint8Array,
    limits: RequestLimits & PayloadOptions,
    handlers: RequestHandlers,
  ) {
    super(host, target, payload, limits);
    this.#handlers = handlers;
  }

  protected override onOutcome(outcome: Outcome): void {
    this.#handlers.onOutcome(outcome);
  }

  protected override onFailure(error: unknown): void {
    this.#handlers.onFailure(error);
  }

  protected override onLate(outcome: Outcome): void {
    this.#handlers.onLate?.(outcome);
  }
}

export interface RequestHandlers {
  readonly onOutcome: (outcome: Outcome) => void;
  readonly onFailure: (error: unknown) => void;
  readonly onLate?: (outcome: Outcome) => void;
}

/** A caller's signal and deadline, for the requests that have one. */
class Watch {
  readonly #request: PendingRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(request: PendingRequest, signal: AbortSignal | undefined, deadline: number | undefined) {
    this.#request = request;
    this.#signal = signal;
    if (signal !== undefined) watchSignal(signal, request);
    if (deadline !== undefined) {
      const late = (): void => request.fail(new DeadlineError("the deadline passed"));
      // The engine decides what holds the process: a request does, its timer does not.
      this.#timer = setTimeout(late, deadline).unref();
    }
  }

  end(): void {
    if (this.#signal !== undefined) unwatchSignal(this.#signal, this.#request);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }
}

/**
 * Requests by the signal that they share: one listener for all of them. One each would make Node warn of a leak from
 * the eleventh on, and a thousand calls under one signal are nothing special.
 */
const watched = new WeakMap<AbortSignal, { readonly requests: Set<PendingRequest>; readonly onAbort: () => void }>();

function watchSignal(signal: AbortSignal, request: PendingRequest): void {
  let entry = watched.get(signal);
  if (entry === undefined) {
    const requests = new Set<PendingRequest>();
    const onAbort = (): void => {
      for (const each of [...requests]) each.fail(abortedError("the call was aborted", signal));
    };
    entry = { requests, onAbort };
    watched.set(signal, entry);
    signal.addEventListener("abort", onAbort, { once: true });
  }
  entry.requests.add(request);
}

function unwatchSignal(signal: AbortSignal, request: PendingRequest): void {
  const entry = watched.get(signal);
  if (entry === undefined || !entry.requests.delete(request) || entry.requests.size > 0) return;
  watched.delete(signal);
  signal.removeEventListener("abort", entry.onAbort);
}

const NO_DEADLINE: readonly [number, number] = [0, 0];

/** What a caller gets whose signal was aborted. */
export function abortedError(what: string, signal: AbortSignal, componentId?: string): AbortedError {
  const reason: unknown = signal.reason;
  return new AbortedError(`${what}: ${messageOf(reason)}`, {
    cause: reason,
    ...(componentId === undefined ? {} : { componentId }),
  });
}

/**
 * Whether the caller's signal was aborted already.
 * @throws {FerruleError} `INVALID_ARGUMENT` when it is no signal
 */
export function isAborted(signal: AbortSignal | undefined): signal is AbortSignal {
  if (signal === undefined) return false;
  if (typeof signal === "object" && typeof signal?.addEventListener === "function") return signal.aborted;
  const found = `signal must be an AbortSignal, got ${messageOf(signal)}`;
  throw new FerruleError("INVALID_ARGUMENT", found, { permanent: true });
}

function checkDeadline(deadline: number): number {
  if (typeof deadline === "number" && deadline >= 0 && deadline <= timerMax) return deadline;
  throw new FerruleError(
    "INVALID_ARGUMENT",
    `deadline must be a number of milliseconds from 0 to ${timerMax}, got ${messageOf(deadline)}`,
  );
}
