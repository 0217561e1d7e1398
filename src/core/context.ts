/** How many calls between extensions, in either language, led to a context. It goes on with the context. */
export const callDepth: unique symbol = Symbol("callDepth");

/** What a handler was called as, in the words of messages. */
export const calledAs: unique symbol = Symbol("calledAs");

/** What a caller says about one operation; crosses to Rust with it. */
export interface Context extends CallerInfo {
  /** Ends the operation when aborted. Rust drops the work at its next await. */
  readonly signal?: AbortSignal;
  /** Milliseconds, from now, after which the operation fails with `DEADLINE_EXCEEDED`. */
  readonly deadline?: number;
}

/** What a handler of calls from Rust is told about its caller. */
export interface HandlerContext extends Context {
  /** Aborted when the caller has gone, its deadline has passed, or the runtime is over. */
  readonly signal: AbortSignal;
  /** @internal */
  readonly [calledAs]?: string;
}

/** Who asks, and in which trace. */
export interface CallerInfo {
  /** Free-form request metadata, such as a client's headers. Upper and lower case are the same in keys. */
  readonly metadata?: Readonly<Record<string, readonly string[]>>;
  /** What an authenticator found out about the client, by attribute: values that JSON can hold. */
  readonly auth?: Readonly<Record<string, unknown>>;
  /** W3C trace id, 32 hexadecimal digits. */
  readonly traceId?: string;
  /** W3C span id, 16 hexadecimal digits. */
  readonly spanId?: string;
  /** W3C trace flags, one byte. */
  readonly traceFlags?: number;
  /** W3C trace state, as its header has it. */
  readonly traceState?: string;
  /** @internal */
  readonly [callDepth]?: number;
}

/** Values of a metadata key, in whatever case it is written; none when there is no such key. */
export function metadataValues({ metadata }: Pick<CallerInfo, "metadata">, key: string): string[] {
  const wanted = key.toLowerCase();
  const values = Object.keys(metadata ?? {}).filter((each) => each.toLowerCase() === wanted);
  return values.sort().flatMap((each) => metadata?.[each] ?? []);
}

/** What the host tells an extension when it starts. */
export interface HostInfo {
  readonly buildVersion: string;
  readonly buildCommand: string;
  /** RFC 3339, or empty. */
  readonly buildTimestamp: string;
  /** Ids of every extension of the host. Those that this same object starts may call each other. */
  readonly extensions: readonly string[];
}
