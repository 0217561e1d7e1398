/** A writer: pushes items to a method in batches, and is told of failures only. */
import { FerruleError, messageOf } from "../core/errors.ts";
import { OP_WRITE, STATUS_OK } from "../ring/layout.generated.ts";
import { BatchFrame, readFailures } from "./batch.ts";
import type { CallTarget } from "./call-target.ts";
import { encode } from "./codec.ts";
import type { Engine } from "./engine.ts";
import { outcomeError, withPrefix } from "./outcome.ts";
import { HandledRequest, type Outcome } from "./request.ts";
import type { ExtensionWriter, WriterOptions, WriterResult } from "./types.ts";

const HIGH_WATER_MARK_DEFAULT = 1024 * 1024;
/** What an item counts beside its bytes. */
const ITEM_COST = 16;

const NO_LIMITS = {};
const resolved = Promise.resolve();

export class RingWriter implements ExtensionWriter {
  readonly #engine: Engine;
  readonly #target: CallTarget;
  readonly #isOver: () => FerruleError | undefined;
  readonly #highWaterMark: number;
  readonly #frame = new BatchFrame();
  #flushScheduled = false;
  /** Bytes that were written and whose outcome is still to come. */
  #outstanding = 0;
  #written = 0;
  #failed = 0;
  #firstFailure: unknown;
  #ended = false;
  #waiters: { readonly level: number; readonly resolve: () => void }[] = [];

  /** @param isOver why nothing can be written any more */
  constructor(engine: Engine, call: CallTarget, options: WriterOptions, isOver: () => FerruleError | undefined) {
    const { highWaterMark = HIGH_WATER_MARK_DEFAULT } = options;
    if (!(Number.isInteger(highWaterMark) && highWaterMark > 0)) {
      const text = `highWaterMark must be a whole number of bytes from 1 on, got ${messageOf(highWaterMark)}`;
      throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
    }
    this.#engine = engine;
    this.#isOver = isOver;
    this.#highWaterMark = highWaterMark;
    this.#target = call.as(OP_WRITE);
  }

  write(payload?: unknown): boolean {
    const over = this.#isOver();
    if (over !== undefined) throw over;
    if (this.#ended) throw this.#misuse("the writer has ended: nothing can be written any more");
    const item = this.#encode(payload);
    if (this.#frame.isFullFor(item.length)) this.#send();
    this.#frame.add(item);
    this.#outstanding += item.length + ITEM_COST;
    this.#written++;
    if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      void resolved.then(this.#flush);
    }
    return this.#outstanding < this.#highWaterMark;
  }

  #encode(payload: unknown): Uint8Array {
    try {
      return encode(this.#target.info, payload);
    } catch (error) {
      throw withPrefix(error, "", this.#target.componentId, this.#target.info.name);
    }
  }

  readonly #flush = (): void => {
    this.#flushScheduled = false;
    if (this.#frame.count > 0) this.#send();
  };

  #send(): void {
    const { count, bytes } = this.#frame;
    const cost = bytes + count * ITEM_COST;
    const done = (failed: number, first: unknown): void => {
      this.#outstanding -= cost;
      if (failed > 0 && this.#failed === 0) this.#firstFailure = first;
      this.#failed += failed;
      this.#waiters = this.#waiters.filter(({ level, resolve }) => {
        if (this.#outstanding > level) return true;
        resolve();
        return false;
      });
    };
    const { componentId, info } = this.#target;
    const onOutcome = (outcome: Outcome): void => {
      if (outcome.status !== STATUS_OK) {
        done(count, outcomeError(outcome, componentId, undefined, info.name));
        return;
      }
      const failures = readFailures(outcome.payload, componentId, info.name);
      done(failures.count, failures.first);
    };
    const onFailure = (error: unknown): void => done(count, withPrefix(error, "", componentId, info.name));
    const handlers = { onOutcome, onFailure };
    const payload = this.#frame.take();
    this.#engine.submit(new HandledRequest(this.#engine, this.#target, payload, NO_LIMITS, handlers));
  }

  async drain(): Promise<void> {
    await this.#settledTo(Math.floor(this.#highWaterMark / 2));
    this.#throwFailure();
  }

  async end(): Promise<WriterResult> {
    this.#ended = true;
    await this.#settledTo(0);
    this.#throwFailure();
    return { written: this.#written };
  }

  async #settledTo(level: number): Promise<void> {
    this.#flush();
    if (this.#outstanding <= level) return;
    await new Promise<void>((resolve) => this.#waiters.push({ level, resolve }));
  }

  #throwFailure(): void {
    if (this.#failed === 0) return;
    const [failed, cause] = [this.#failed, this.#firstFailure];
    this.#failed = 0;
    this.#firstFailure = undefined;
    const text = `${failed} of ${this.#written} written items failed; the first: ${messageOf(cause)}`;
    throw new FerruleError("WRITE_FAILED", text, { cause, componentId: this.#target.componentId });
  }

  #misuse(text: string): FerruleError {
    return new FerruleError("INVALID_STATE", text, { componentId: this.#target.componentId, permanent: true });
  }
}
