/**
 * What a component's configuration reads from and writes to. Structural, so that components need not know the
 * configuration room: `Conf` of `confmap` is both.
 */

/** A section of a configuration, as the service hands it to a component. */
export interface ConfigSource {
  /** The section as plain values; empty when the section is absent or null. */
  toStringMap(): Record<string, unknown>;
  /** The text behind a value that came from a reference like `${env:NAME}`, before it was read as YAML; undefined for
   * other values. Absent where there are no references. */
  original?(path: readonly (string | number)[]): string | undefined;
}

/** Where a component's configuration is written back to. */
export interface ConfigTarget {
  /** Merges `values` into the section: maps deep, everything else replaced. */
  merge(values: Record<string, unknown>): void;
}

/** A configuration that reads itself. One that does not is merged over its factory's defaults. */
export interface SelfReadingConfig {
  /** Takes the section's values, and checks them.
   * @throws {FerruleError} saying what is wrong; a text that begins with a field's path gets that field's place in the
   * file */
  unmarshal(conf: ConfigSource): void;
}

/** True for configurations that read themselves. */
export function isSelfReading(config: unknown): config is SelfReadingConfig {
  return typeof config === "object" && config !== null && typeof (config as SelfReadingConfig).unmarshal === "function";
}
