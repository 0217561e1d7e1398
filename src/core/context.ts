/** What a caller says about one operation; crosses to Rust with it. */
export interface Context {
  /** Ends the operation when aborted. Rust drops the work at its next await. */
  readonly signal?: AbortSignal;
  /** Milliseconds, from now, after which the operation fails with `DEADLINE_EXCEEDED`. */
  readonly deadline?: number;
  /** Free-form request metadata. */
  readonly metadata?: Readonly<Record<string, readonly string[]>>;
  /** W3C trace id, 32 hexadecimal digits. */
  readonly traceId?: string;
  /** W3C span id, 16 hexadecimal digits. */
  readonly spanId?: string;
  /** W3C trace flags, one byte. */
  readonly traceFlags?: number;
}

/** What the host tells an extension when it starts. */
export interface HostInfo {
  readonly buildVersion: string;
  readonly buildCommand: string;
  /** RFC 3339, or empty. */
  readonly buildTimestamp: string;
  /** Ids of every extension of the host. */
  readonly extensions: readonly string[];
}
