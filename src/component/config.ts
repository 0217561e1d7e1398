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

/** Something in a configuration that its values alone do not show: two that do not go together, a range. */
export interface ConfigMistake {
  /** Where, below the component's section. */
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** A configuration that checks itself once it has been read. */
export interface CheckedConfig {
  /** Everything that is wrong; nothing when it can be used. */
  validate(): readonly ConfigMistake[];
}

/** True for configurations that check themselves. */
export function isChecked(config: unknown): config is CheckedConfig {
  return typeof config === "object" && config !== null && typeof (config as CheckedConfig).validate === "function";
}

/** A configuration that writes itself back, as `print-config` and components that look at the whole see it. */
export interface PrintableConfig {
  /** Merges its values into the section. */
  marshal(conf: ConfigTarget): void;
}

/** A configuration of which a part is known elsewhere: in Rust, for one. `print-config` shows it whole. */
export interface CompletableConfig {
  /** Every field with its value or its default; secrets are {@link Opaque}. */
  complete(): Readonly<Record<string, unknown>>;
}

/** True for configurations that can say themselves what is absent in them. */
export function isCompletable(config: unknown): config is CompletableConfig {
  return typeof config === "object" && config !== null && typeof (config as CompletableConfig).complete === "function";
}

/** True for configurations that write themselves back. */
export function isPrintable(config: unknown): config is PrintableConfig {
  return typeof config === "object" && config !== null && typeof (config as PrintableConfig).marshal === "function";
}
