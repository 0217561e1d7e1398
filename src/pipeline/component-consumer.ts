/** A component as others send to it. */
import type { Consumer, TelemetryData } from "../component/consumer.ts";
import type { Context } from "../core/context.ts";
import { messageOf } from "../core/errors.ts";
import type { InstanceId } from "../core/instance-id.ts";
import { quote } from "../core/quote.ts";
import { PipelineError } from "./pipeline-error.ts";
import { isReadOnly } from "./telemetry-data.ts";

/** What V8 says when something frozen is written to. */
const REFUSED_WRITE = /read only property|not extensible|Cannot delete property|Cannot redefine property/;

/** Passes data to a component, and names the one that changes what it shares. */
export class ComponentConsumer implements Consumer {
  readonly mutatesData: boolean;
  readonly #consumer: Consumer;
  readonly #instance: InstanceId;

  /** @param mutatesData what it says of itself, or of what it may pass the data on to */
  constructor(instance: InstanceId, consumer: Consumer, mutatesData: boolean) {
    this.#instance = instance;
    this.#consumer = consumer;
    this.mutatesData = mutatesData;
  }

  async consume(context: Context, data: TelemetryData): Promise<void> {
    try {
      await this.#consumer.consume(context, data);
    } catch (error) {
      throw isReadOnly(data) && isRefusedWrite(error) ? this.#changedShared(error) : error;
    }
  }

  #changedShared(error: unknown): PipelineError {
    const { id, kind } = this.#instance;
    const who = `${kind.toLowerCase()} ${quote(id.toString())}`;
    const text = `${who} changed data that it shares, and does not say mutatesData: ${messageOf(error)}`;
    return new PipelineError(text, error, id);
  }
}

function isRefusedWrite(error: unknown): boolean {
  return error instanceof TypeError && REFUSED_WRITE.test(error.message);
}
