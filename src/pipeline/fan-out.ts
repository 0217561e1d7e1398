/** One consumer that is several: each gets the data, and those that change it get it to themselves. */
import type { Consumer, TelemetryData } from "../component/consumer.ts";
import type { Context } from "../core/context.ts";
import { throwJoined } from "./pipeline-error.ts";
import { cloneData, isReadOnly, markReadOnly } from "./telemetry-data.ts";

/** A consumer that passes data to each of `consumers`; what is given for one that changes nothing is that one. */
export function fanOut(consumers: readonly Consumer[]): Consumer {
  const [first] = consumers;
  return consumers.length === 1 && first !== undefined && !first.mutatesData ? first : new FanOut(consumers);
}

/**
 * Asks one consumer after the other, past every failure: first those that change the data, each with a copy, then those
 * that read it, together with the data itself. Where nobody only reads, the last one gets the data itself.
 */
class FanOut implements Consumer {
  /** When all of them change it: then one of them is given what came in. */
  readonly mutatesData: boolean;
  readonly #mutating: readonly Consumer[];
  readonly #reading: readonly Consumer[];

  constructor(consumers: readonly Consumer[]) {
    this.#mutating = consumers.filter((consumer) => consumer.mutatesData);
    this.#reading = consumers.filter((consumer) => !consumer.mutatesData);
    this.mutatesData = this.#mutating.length > 0 && this.#reading.length === 0;
  }

  async consume(context: Context, data: TelemetryData): Promise<void> {
    const errors: unknown[] = [];
    const last = this.#mutating.length - 1;
    const mayGiveAway = this.#reading.length === 0 && !isReadOnly(data);
    for (const [index, consumer] of this.#mutating.entries()) {
      try {
        await consumer.consume(context, index === last && mayGiveAway ? data : cloneData(data));
      } catch (error) {
        errors.push(error);
      }
    }
    if (this.#reading.length > 1) markReadOnly(data);
    for (const consumer of this.#reading) {
      try {
        await consumer.consume(context, data);
      } catch (error) {
        errors.push(error);
      }
    }
    throwJoined(errors);
  }
}
