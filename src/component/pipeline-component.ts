/** What stands in pipelines: receivers bring data in, processors and connectors pass it on, exporters take it out. */
import type { Context } from "../core/context.ts";
import type { Consumer } from "./consumer.ts";
import type { Host } from "./host.ts";

/** A component of a pipeline. Its service calls these in the order in which they stand, each once. */
export interface PipelineComponent {
  /** Begins the work. Whatever it sends to is started already. */
  start(context: Context, host: Host): Promise<void>;
  /** Ends the work. Whatever sends to it has ended already. Also called when `start` failed, or never came. */
  shutdown(context: Context): Promise<void>;
}

/** Sends what it receives from outside to the consumer that it was created with. */
export interface Receiver extends PipelineComponent {}

/** Takes data, and sends what it makes of it to the consumer that it was created with. */
export interface Processor extends PipelineComponent, Consumer {}

/** Takes data, and sends it out of the service. */
export interface Exporter extends PipelineComponent, Consumer {}

/** Takes data as the exporter of some pipelines, and sends what it makes of it to others, whose receiver it is. */
export interface Connector extends PipelineComponent, Consumer {}
