/** What a component is given when it is created. */
import type { ComponentId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";
import type { ReportStatus } from "./status.ts";

/** Which program runs the components. */
export interface BuildInfo {
  /** Its name on the command line. */
  readonly command: string;
  readonly description: string;
  readonly version: string;
  /** When it was built: RFC 3339, or empty. */
  readonly timestamp?: string;
}

/** What `ExtensionFactory.create` gets beside the configuration. */
export interface Settings {
  readonly id: ComponentId;
  /** Adds the component's id to what it writes, where the service made it. */
  readonly logger: Logger;
  /** Reports the component's status, from its start to the end of its service. Before and after, nobody listens.
   * @throws {FerruleError} `INVALID_ARGUMENT` for what is no status */
  readonly reportStatus: ReportStatus;
  readonly buildInfo: BuildInfo;
}
