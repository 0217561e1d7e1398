/** Creates what `service::extensions` lists, and finds the order of the start. Nothing is started. */
import type { Extension } from "../component/extension.ts";
import type { BuildInfo } from "../component/settings.ts";
import type { CollectorConfig } from "../config/service-config.ts";
import { messageOf } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";
import { InstanceId } from "../core/instance-id.ts";
import type { Logger } from "../core/logger.ts";
import { quote } from "../core/quote.ts";
import { componentLogger } from "./logger.ts";
import { orderByDependencies } from "./order.ts";
import { named, ServiceError } from "./service-error.ts";
import type { StatusReporter } from "./status-reporter.ts";

/** An extension that a service has created. */
export interface CreatedExtension {
  readonly instance: InstanceId;
  readonly extension: Extension;
}

export interface ExtensionSettings {
  readonly logger: Logger;
  readonly buildInfo: BuildInfo;
  readonly reporter: StatusReporter;
}

/**
 * In the order of the list; the answer is in the order of the start. What is listed twice is created twice, as the
 * Collector does, and the last one runs: `create` alone opens nothing.
 * @throws {ServiceError} for an extension that could not be created
 * @throws {FerruleError} `CONFIG_INVALID` for dependencies that cannot be met
 */
export async function createExtensions(
  config: CollectorConfig,
  settings: ExtensionSettings,
): Promise<readonly CreatedExtension[]> {
  const created = new Map<string, CreatedExtension>();
  const dependencies = new Map<string, readonly string[]>();
  for (const id of config.service.extensions ?? []) {
    const configured = config.extensions?.get(id.toString());
    if (configured === undefined)
      throw failedCreate(id, new Error(`extension ${quote(id.toString())} is not configured`));
    const { factory, config: own } = configured;
    const instance = new InstanceId(id, "Extension");
    const { logger, buildInfo, reporter } = settings;
    let extension: Extension | undefined;
    try {
      const reportStatus = reporter.reportOf(instance);
      extension = await factory.create({ id, logger: componentLogger(logger, id), reportStatus, buildInfo }, own);
      dependencies.set(id.toString(), factory.dependencies?.(own).map(String) ?? []);
    } catch (error) {
      throw failedCreate(id, error);
    }
    // A factory in TypeScript may be wrong about its type.
    if (!extension) throw named(new Error(`factory for ${quote(id.toString())} produced a nil extension`), id);
    created.set(id.toString(), { instance, extension });
  }
  return orderByDependencies([...created.keys()], dependencies).map((id) => created.get(id)!);
}

function failedCreate(id: ComponentId, error: unknown): ServiceError {
  const text = `failed to create extension ${quote(id.toString())}: ${messageOf(error)}`;
  return new ServiceError(text, [error], id.toString());
}
