/** The configuration of a Rust extension: raw JSON on this side, meaning on the other. */
import { ConfigError } from "../core/errors.ts";
import { ComponentId } from "../core/id.ts";
import { toConfigJson } from "../core/json.ts";
import type { RustRuntime } from "../runtime/types.ts";
import { completed } from "./complete-config.ts";
import type { ConfigSource, ConfigTarget, SelfReadingConfig } from "./config.ts";
import { DEPENDS_ON, mergeIds, readDependsOn } from "./depends-on.ts";
import { isNested, overNestedDefaults } from "./nested-defaults.ts";
import type { JsonSchema } from "./standard-schema.ts";

/**
 * Holds one Rust extension's configuration as JSON text. {@link unmarshal} has Rust validate it; a configuration that
 * never went through there is taken as it is, and Rust refuses it at start if it is wrong.
 */
export class RustComponentConfig implements SelfReadingConfig {
  readonly type: string;
  readonly #runtime: RustRuntime;
  #json: string;
  /** What {@link #json} was made of, where it was made here: read back, it would lose digits. */
  #fields: Record<string, unknown> | undefined;
  #dependsOn: readonly ComponentId[] = [];
  /** What Rust said of {@link #json}; undefined until it was asked. */
  #stated: readonly ComponentId[] | undefined;

  /** @param json not validated here */
  constructor(runtime: RustRuntime, type: string, json = "{}") {
    this.#runtime = runtime;
    this.type = type;
    this.#json = json;
  }

  /** The JSON text that Rust gets. */
  get json(): string {
    return this.#json;
  }

  /** What must start before: the section's `depends_on`, then what the Rust factory states from this configuration. */
  get dependencies(): readonly ComponentId[] {
    return mergeIds(this.#dependsOn, this.#statedByRust());
  }

  /**
   * Takes a section: off with `depends_on`, the rest to JSON, and to Rust for validation. Fields that are absent take
   * Rust's defaults, so an absent section is `{}`. After a failure the configuration is what it was before.
   * @throws {ConfigError} `rust config validation failed: <Rust's text>`
   * @throws {FerruleError} `CONFIG_INVALID` for a bad `depends_on`, or a value that JSON cannot say
   */
  unmarshal(conf: ConfigSource): void {
    const { [DEPENDS_ON]: listed, ...fields } = conf.toStringMap();
    const dependsOn = readDependsOn(listed);
    const { json, stated } = this.#read(conf, fields);
    this.#json = json;
    this.#fields = fields;
    this.#dependsOn = dependsOn;
    this.#stated = stated;
  }

  /** Gives the map back, `depends_on` included. */
  marshal(conf: ConfigTarget): void {
    const fields = this.#fields ?? (JSON.parse(this.#json) as Record<string, unknown>);
    conf.merge(this.#dependsOn.length === 0 ? fields : { ...fields, [DEPENDS_ON]: this.#dependsOn.map(String) });
  }

  /** As it applies in Rust: what the section leaves open has Rust's defaults. `depends_on` is there when it is given. */
  complete(): Readonly<Record<string, unknown>> {
    const fields = this.#fields ?? (JSON.parse(this.#json) as Record<string, unknown>);
    const { schema, defaults } = this.#known();
    const whole = completed(schema, defaults, fields);
    return this.#dependsOn.length === 0 ? whole : { ...whole, [DEPENDS_ON]: this.#dependsOn.map(String) };
  }

  /** Validates. Where Rust wants text, a value that came from a reference is the text that it was. */
  #read(conf: ConfigSource, fields: Record<string, unknown>): { json: string; stated: readonly ComponentId[] } {
    for (;;) {
      const json = toConfigJson(this.#overDefaults(fields));
      try {
        return { json, stated: this.#validate(json) };
      } catch (error) {
        if (!(error instanceof ConfigError) || !putText(conf, fields, error.rustText)) throw error;
      }
    }
  }

  /** What is absent at the first level, Rust fills in itself. */
  #overDefaults(fields: Record<string, unknown>): Readonly<Record<string, unknown>> {
    if (!isNested(fields)) return fields;
    const { schema, defaults } = this.#known();
    return overNestedDefaults(schema, defaults, fields);
  }

  /** What Rust says of this type. */
  #known(): { schema: JsonSchema; defaults: Record<string, unknown> } {
    const schema = this.#runtime.components().find(({ type }) => type === this.type)?.configSchema ?? {};
    return { schema, defaults: JSON.parse(this.#runtime.defaultConfig(this.type)) as Record<string, unknown> };
  }

  #validate(json: string): readonly ComponentId[] {
    try {
      return this.#runtime.validateConfig(this.type, json).dependencies.map((id) => ComponentId.parse(id));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(`rust config validation failed: ${error.rustText}`, error.rustText, { cause: error });
    }
  }

  #statedByRust(): readonly ComponentId[] {
    if (this.#stated !== undefined) return this.#stated;
    try {
      this.#stated = this.#validate(this.#json);
    } catch (error) {
      // Never unmarshalled, and invalid: create accepts that, and start fails with Rust's own text. Nothing is known
      // until then.
      if (!(error instanceof ConfigError)) throw error;
      this.#stated = [];
    }
    return this.#stated;
  }
}

const WANTS_TEXT = /^config parse error: (.+?): invalid type: .*, expected a string/s;

/** Puts the text of a reference where Rust missed one.
 * @returns false when there is none: asking again would change nothing */
function putText(conf: ConfigSource, fields: Record<string, unknown>, rustText: string): boolean {
  const named = WANTS_TEXT.exec(rustText)?.[1];
  if (named === undefined) return false;
  const path = named.split(/[.[\]]/).filter((key) => key !== "");
  const keys = path.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const text = conf.original?.(keys);
  const last = keys.at(-1);
  if (text === undefined || last === undefined) return false;
  const parent = keys.slice(0, -1).reduce<unknown>((value, key) => fieldOf(value, key), fields);
  if (typeof fieldOf(parent, last) === "string" || typeof parent !== "object" || parent === null) return false;
  Reflect.set(parent, last, text);
  return true;
}

function fieldOf(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
