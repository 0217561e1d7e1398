/** What the instances of one service are created with. */
import type { PipelineSettings } from "../component/pipeline-factory.ts";
import type { BuildInfo } from "../component/settings.ts";
import type { Status } from "../component/status.ts";
import type { InstanceId } from "../core/instance-id.ts";
import type { Logger } from "../core/logger.ts";
import type { ComponentNode } from "./node.ts";

/** Keeps the status of every instance. */
export interface InstanceReporter {
  /** Moves an instance, where its status allows that. */
  tryReport(instance: InstanceId, status: Status, error?: Error): void;
  /** After a clean start: OK, unless the instance has said something else of itself meanwhile. */
  okIfStarting(instance: InstanceId): void;
}

/** What a service gives to its pipelines. */
export interface PipelinesOptions {
  readonly logger: Logger;
  readonly buildInfo: BuildInfo;
  readonly reporter: InstanceReporter;
}

/** The settings of one instance. */
export function settingsOf(node: ComponentNode, options: PipelinesOptions): PipelineSettings {
  const { id, instance } = node;
  return {
    id,
    logger: withFields(options.logger, attributesOf(node)),
    buildInfo: options.buildInfo,
    reportStatus: (status, error) => options.reporter.tryReport(instance, status, error),
  };
}

function attributesOf(node: ComponentNode): object {
  return {
    component: node.id.toString(),
    kind: node.kind.toLowerCase(),
    signal: node.signal,
    ...(node.kind === "Processor" ? { pipeline: node.pipeline.toString() } : {}),
    ...(node.kind === "Connector" ? { output_signal: node.output } : {}),
  };
}

/** A logger that adds what tells the instance from others to everything. */
function withFields(logger: Logger, own: object): Logger {
  return {
    debug: (fields, message) => logger.debug({ ...own, ...fields }, message),
    info: (fields, message) => logger.info({ ...own, ...fields }, message),
    warn: (fields, message) => logger.warn({ ...own, ...fields }, message),
    error: (fields, message) => logger.error({ ...own, ...fields }, message),
  };
}
