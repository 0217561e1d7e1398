/** What passes along a pipeline, and what it is passed to. */
import type { Context } from "../core/context.ts";
import type { PipelineId } from "../core/pipeline-id.ts";

/**
 * Telemetry of one signal: a payload of OTLP in bytes, or the object that it was decoded to. Components that stand in
 * one pipeline agree on the form. An object with a method `clone` is copied by it, every other one by
 * `structuredClone`; one with a method `markReadOnly` is told by it that several consumers share it from here on.
 */
export type TelemetryData = Uint8Array | object;

/** Takes telemetry of one signal. */
export interface Consumer {
  /**
   * Whether {@link consume} changes the data. What does not say so may be given data that others read at the same
   * time, and must leave it as it is.
   */
  readonly mutatesData: boolean;
  /**
   * Takes the data, and resolves when whoever sent it need not care for it any more. Rejects with why it was not taken.
   */
  consume(context: Context, data: TelemetryData): Promise<void>;
}

/** The pipelines behind a connector: all of them as one consumer, or those that it chooses. */
export interface Router extends Consumer {
  /** In the order of the configuration. */
  readonly pipelineIds: readonly PipelineId[];
  /** One consumer for the pipelines that are named.
   * @throws {FerruleError} `INVALID_ARGUMENT` for none, and for those that are not behind the connector */
  consumer(...pipelines: readonly PipelineId[]): Consumer;
}
