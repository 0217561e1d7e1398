/** What factories of every kind of component have. */
import type { JsonSchema, StandardSchema } from "./standard-schema.ts";

/** Knows components of one type, and how they are configured. */
export interface ComponentFactory<Config = unknown> {
  readonly type: string;
  /** The package that it comes from, with its version, as `components` prints it. */
  readonly module?: string;
  /**
   * A new configuration with every default. A section is laid over it, field by field at every depth; a key without a
   * default beside it is refused, unless there is a {@link configSchema}. Defaults of the classes `Duration`, `Opaque`
   * and `Optional` make their fields durations, secrets and optional sections.
   */
  createDefaultConfig(): Config;
  /**
   * Checks what results of section and defaults, in place of the strictness about keys: a schema of any library that
   * implements Standard Schema. What it makes of the value is what the component gets.
   */
  readonly configSchema?: StandardSchema<Config>;
  /** JSON Schema of the section, for editors, where {@link configSchema} cannot give one. */
  readonly configJsonSchema?: JsonSchema;
}
