/**
 * What an extension is, in either language: Rust's stand behind `RustExtension`, TypeScript's implement this directly.
 */
import type { Context } from "../core/context.ts";
import type { ComponentId } from "../core/id.ts";
import type { Stability } from "../core/stability.ts";
import type { Handlers } from "../runtime/types.ts";
import type { ConfigSnapshot } from "./config-snapshot.ts";
import type { ComponentFactory } from "./factory.ts";
import type { Host } from "./host.ts";
import type { Settings } from "./settings.ts";
import type { StatusEvent } from "./status.ts";

/** A component with a life beside the pipelines. Its service calls these in the order in which they stand. */
export interface Extension {
  /** Begins the work. Rejecting means that nothing was begun, or that {@link shutdown} will end it. */
  start(context: Context, host: Host): Promise<void>;
  /** All extensions have started, with this configuration; the pipelines come next. */
  configResolved?(context: Context, snapshot: ConfigSnapshot): Promise<void>;
  /** Everything has started. */
  ready?(context: Context): Promise<void>;
  /** The service is about to stop. */
  notReady?(context: Context): Promise<void>;
  /** Ends the work. Also called when `start` failed, or never came. */
  shutdown(context: Context): Promise<void>;
  /**
   * Hears every move of every component of the service, its own included: from before its start until after its
   * shutdown. It may itself report; what that leads to comes after this call. What it throws is logged.
   */
  componentStatusChanged?(event: StatusEvent): void;
  /**
   * What Rust extensions of the service may call, from the start on, by the name of the method:
   * `host.extension(id)?.call(method, payload, &context)`, or `ask` for those of `valuesHandler`. A Rust extension that calls in its own start names this one as
   * a dependency. The table is read once; give another one rather than to change it.
   */
  readonly handlers?: Handlers;
}

/** Makes extensions of one type. */
export interface ExtensionFactory<Config = unknown> extends ComponentFactory<Config> {
  readonly stability: Stability;
  /** Its sections may hold `depends_on`, beside what the component knows. */
  readonly takesDependsOn?: boolean;
  /** Makes an extension. It does not start it. */
  create(settings: Settings, config: Config): Extension | Promise<Extension>;
  /** Extensions that must start before one with this configuration, and stop after it. */
  dependencies?(config: Config): readonly ComponentId[];
}
