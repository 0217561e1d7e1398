/** Where an extension runs. */
import type { HostInfo } from "../core/context.ts";
import type { Extension } from "./extension.ts";

/** What an extension may ask of the service that started it. */
export interface Host {
  /** What crosses to Rust of this host. */
  readonly info: HostInfo;
  /** Every extension of the service by its id, in the order of their start. */
  getExtensions(): ReadonlyMap<string, Extension>;
}
