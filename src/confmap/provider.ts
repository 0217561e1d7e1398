/** Where configurations come from: the interface that every source has, and that others may implement. */
import type { Retrieved } from "./retrieved.ts";

/** Something changed where a value came from, or watching it failed. */
export interface ChangeEvent {
  /** Why it cannot be watched any more; absent when the value is worth fetching again. */
  readonly error?: unknown;
}

/** Hears of changes. */
export type Watcher = (event: ChangeEvent) => void;

/**
 * A source of configuration for URIs of one scheme. Calls never overlap: a resolver waits for each.
 *
 * ```ts
 * class Vault implements Provider {
 *   readonly scheme = "vault";
 *   async retrieve(uri: string): Promise<Retrieved> {
 *     return Retrieved.fromYaml(await readSecret(uri.slice("vault:".length)));
 *   }
 * }
 * ```
 */
export interface Provider {
  /** Two characters or more: a letter, then letters, digits, `+`, `.` and `-`. */
  readonly scheme: string;
  /** Fetches a value.
   * @param uri whole, with the scheme
   * @param watcher to be told of changes until the value is closed; absent when nobody wants to know */
  retrieve(uri: string, watcher?: Watcher): Promise<Retrieved> | Retrieved;
  /** Lets go of everything. Nothing is retrieved afterwards. */
  shutdown?(): Promise<void> | void;
}
