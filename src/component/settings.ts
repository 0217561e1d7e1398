/** What a component is given when it is created. */
import type { ComponentId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";

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
  readonly buildInfo: BuildInfo;
}
