/**
 * A `RustRuntime` without Rust, for the state machines above it. It keeps the promises of `src/runtime/types.ts`: a
 * start either hands out a live handle or leaves nothing, an aborted start rejects at once and its late success is
 * dropped by the runtime, a second shutdown resolves. Tests decide what each extension does, and read in `events`
 * what reached it.
 */
import { AbortedError, ConfigError, DeadlineError, ExtensionError, FerruleError } from "../../dist/core/errors.js";
import type {
  ComponentInfo,
  ExtensionHandle,
  RustRuntime,
  StartOptions,
  StatusReport,
} from "../../dist/runtime/types.js";

/** What one extension does when it is asked. Texts are Rust's own. */
export interface Behaviour {
  failStart?: string;
  /** The call itself does not get through. */
  failCall?: string;
  failShutdown?: string;
  failReady?: string;
  failNotReady?: string;
  /** The start does not end by itself: an abort, a deadline or {@link FakeRuntime.release} ends it. */
  holdStart?: boolean;
  /** The start's success was already on its way when the abort came. */
  ignoreAbort?: boolean;
  /** The shutdown does not end by itself. */
  holdShutdown?: boolean;
}

const TYPES = ["health_check", "rust_sample"];

export class FakeRuntime implements RustRuntime {
  /** Everything that reached an extension, in order: `start:<id>`, `ready:<id>`, ... */
  readonly events: string[] = [];
  readonly behaviour: Record<string, Behaviour> = {};
  /** Options of each start, by id. */
  readonly startOptions = new Map<string, StartOptions>();
  /** JSON text of each start, by id. */
  readonly startConfig = new Map<string, unknown>();
  /** Handles that live. */
  readonly live = new Set<string>();
  /** What `validateConfig` states, by type. */
  readonly stated: Record<string, string[]> = {};
  closed = 0;
  holds = 0;
  readonly #listeners = new Set<(report: StatusReport) => void>();
  readonly #held = new Map<string, () => void>();
  readonly #waiting = new Map<string, () => void>();
  #generation = 0;
  /** The runtime is over; by itself if there is an error. */
  end: (error?: Error) => void = () => undefined;
  readonly ended = new Promise<Error | undefined>((resolve) => {
    this.end = resolve;
  });

  components(): readonly ComponentInfo[] {
    return TYPES.map((type) => ({ type, stability: "Beta", description: "", methods: [], configSchema: {} }));
  }

  defaultConfig(type: string): string {
    return type === "rust_sample" ? `{"endpoint":"http://localhost:8080","timeout_ms":5000,"enabled":true}` : "{}";
  }

  validateConfig(type: string, json: string): { dependencies: readonly string[] } {
    const fields = JSON.parse(json) as Record<string, unknown>;
    const text = type === "rust_sample" ? complaint(fields) : undefined;
    if (text !== undefined) throw new ConfigError(text, text);
    return { dependencies: this.stated[type] ?? [] };
  }

  async start(id: string, config: unknown, options: StartOptions = {}): Promise<ExtensionHandle> {
    const behaviour = this.behaviour[id] ?? {};
    this.events.push(`start:${id}`);
    this.startOptions.set(id, options);
    this.startConfig.set(id, config);
    this.#waiting.get(`start:${id}`)?.();
    if (options.signal?.aborted) throw aborted(options.signal);
    if (behaviour.failCall !== undefined) {
      throw new FerruleError("RING_FULL", `rust extension start call failed: ${behaviour.failCall}`, {
        componentId: id,
      });
    }
    if (behaviour.holdStart)
      await this.#untilReleased(`start:${id}`, behaviour.ignoreAbort ? undefined : options.signal);
    const refusal = behaviour.failStart ?? complaint(JSON.parse(String(config)) as Record<string, unknown>);
    if (refusal !== undefined) {
      const details = { componentId: id };
      throw new ExtensionError("EXTENSION_ERROR", refusal, details, `rust extension start failed: ${refusal}`);
    }
    this.live.add(id);
    return this.#handle(id, behaviour);
  }

  stats(): Readonly<Record<string, number>> {
    return { live: this.live.size };
  }

  provide(): () => void {
    throw new FerruleError("INVALID_ARGUMENT", "no extension of this runtime calls functions");
  }

  hold(): () => void {
    this.holds++;
    return () => {
      this.holds--;
    };
  }

  onStatus(listener: (report: StatusReport) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closed++;
    this.end();
  }

  /** An extension reports a status. */
  report(report: StatusReport): void {
    for (const listener of [...this.#listeners]) listener(report);
  }

  /** Lets a held start or shutdown end: `start:<id>` or `shutdown:<id>`. */
  release(step: string): void {
    this.#held.get(step)?.();
  }

  /** Resolves when the step has reached the extension. */
  reached(step: string): Promise<void> {
    if (this.events.includes(step)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(step, resolve);
    });
  }

  #handle(id: string, behaviour: Behaviour): ExtensionHandle {
    const tell = async (event: string, failure: string | undefined): Promise<void> => {
      this.events.push(`${event}:${id}`);
      this.#waiting.get(`${event}:${id}`)?.();
      if (failure !== undefined) throw new ExtensionError("EXTENSION_ERROR", failure, { componentId: id });
    };
    const shutdown = async (): Promise<void> => {
      if (!this.live.delete(id)) return;
      const held = behaviour.holdShutdown ? this.#untilReleased(`shutdown:${id}`, undefined) : undefined;
      await tell("shutdown", undefined);
      await held;
      const text = behaviour.failShutdown;
      if (text === undefined) return;
      throw new ExtensionError("EXTENSION_ERROR", text, { componentId: id }, `rust shutdown failed: ${text}`);
    };
    return {
      id,
      handle: { index: 0, generation: ++this.#generation },
      methods: [],
      call: async (method, payload) => ({ method, payload }),
      callMany: async (method, payloads) => payloads.map((payload) => ({ method, payload })),
      callSync: (method, payload) => ({ method, payload }),
      writer: () => ({ write: () => true, drain: async () => {}, end: async () => ({ written: 0 }) }),
      share: () => ({ id, handle: { index: 0, generation: 1 } }),
      shutdown,
      ready: () => tell("ready", behaviour.failReady),
      notReady: () => tell("notReady", behaviour.failNotReady),
    };
  }

  #untilReleased(step: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#held.set(step, resolve);
      signal?.addEventListener("abort", () => reject(aborted(signal)), { once: true });
    });
  }
}

function aborted(signal: AbortSignal): FerruleError {
  const text = "rust extension start call failed: aborted";
  return signal.reason instanceof DeadlineError
    ? new DeadlineError(text, { cause: signal.reason })
    : new AbortedError(text, { cause: signal.reason });
}

/** What `rust_sample` says of a configuration. */
function complaint(fields: Record<string, unknown>): string | undefined {
  const known = ["endpoint", "timeout_ms", "enabled"];
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const expected = known.map((key) => `\`${key}\``).join(", ");
    return `config parse error: ${unknown}: unknown field \`${unknown}\`, expected one of ${expected} at line 1 column 8`;
  }
  if ("timeout_ms" in fields && typeof fields.timeout_ms !== "number") {
    return "config parse error: timeout_ms: invalid type: string, expected u64 at line 1 column 20";
  }
  if (fields.endpoint === "") return "endpoint cannot be empty when specified";
  return fields.timeout_ms === 0 ? "timeout_ms must be greater than 0" : undefined;
}
