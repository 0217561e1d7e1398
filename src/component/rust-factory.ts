/** The factory of one Rust type, as the service sees it. `create` makes a wrapper and tells Rust nothing. */
import { FerruleError } from "../core/errors.ts";
import type { ComponentId } from "../core/id.ts";
import { quote } from "../core/quote.ts";
import { parseStability, type Stability } from "../core/stability.ts";
import type { ComponentInfo, RustRuntime } from "../runtime/types.ts";
import type { ExtensionFactory } from "./extension.ts";
import { RustComponentConfig } from "./rust-config.ts";
import { RustExtension } from "./rust-extension.ts";
import type { Settings } from "./settings.ts";
import type { JsonSchema } from "./standard-schema.ts";

/** Makes extensions of one type that an open library holds. */
export class RustExtensionFactory implements ExtensionFactory<RustComponentConfig> {
  readonly type: string;
  readonly stability: Stability;
  /** Its crate. */
  readonly module: string;
  /** As Rust states it, from its own types. */
  readonly configJsonSchema: JsonSchema;
  readonly takesDependsOn = true;
  readonly #runtime: RustRuntime;

  constructor(runtime: RustRuntime, info: Pick<ComponentInfo, "type" | "stability"> & Partial<ComponentInfo>) {
    this.#runtime = runtime;
    this.configJsonSchema = info.configSchema ?? {};
    this.type = info.type;
    this.module = info.module ?? "";
    this.stability = parseStability(info.stability);
  }

  /** One factory for each type of the library, in order of type. */
  static all(runtime: RustRuntime): RustExtensionFactory[] {
    return runtime.components().map((info) => new RustExtensionFactory(runtime, info));
  }

  /** Rust's own defaults, asked for each time. */
  createDefaultConfig(): RustComponentConfig {
    return new RustComponentConfig(this.#runtime, this.type, this.#runtime.defaultConfig(this.type));
  }

  /** Makes the wrapper: not started, no handle, nothing in the ring. An invalid configuration is found by `start`.
   * @throws {FerruleError} `INVALID_CONFIG_TYPE`, or `INVALID_ID` for the id of another type */
  create(settings: Settings, config: RustComponentConfig): RustExtension {
    checkConfig(config, settings.id);
    if (settings.id.type !== this.type) {
      const text = `component type mismatch: component ID ${quote(settings.id.toString())} does not have type ${quote(this.type)}`;
      throw new FerruleError("INVALID_ID", text, { permanent: true, componentId: settings.id.toString() });
    }
    return new RustExtension(this.#runtime, settings, config);
  }

  /** The section's `depends_on`, then what the Rust factory states from the configuration; each id once. */
  dependencies(config: RustComponentConfig): readonly ComponentId[] {
    checkConfig(config);
    return config.dependencies;
  }
}

/** For callers without types, and for a factory that was given another's configuration. */
function checkConfig(config: unknown, id?: ComponentId): void {
  if (config instanceof RustComponentConfig) return;
  const text = `invalid config type for rust extension, expected RustComponentConfig, got ${typeName(config)}`;
  const componentId = id?.toString();
  const details = componentId === undefined ? {} : { componentId };
  throw new FerruleError("INVALID_CONFIG_TYPE", text, { permanent: true, ...details });
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "undefined";
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" ? name : typeof value;
}
