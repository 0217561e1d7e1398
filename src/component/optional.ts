/** Sections of a configuration that may be absent, with the three states that the Collector has for them. */
import { FerruleError } from "../core/errors.ts";

type State = "none" | "default" | "some";

/**
 * A section (or a value) that somebody has to ask for. As a default in a factory's configuration:
 *
 * | default | absent | null, or the key alone | a map |
 * |---|---|---|---|
 * | {@link Optional.none} | no value | no value | a value: the map over the base, where there is one |
 * | {@link Optional.default} | no value | the value that was given | the map over that value |
 * | {@link Optional.some} | the value | the value | the map over the value |
 *
 * `enabled: false` in the map means no value, whatever else is in there; `enabled: true` changes nothing.
 */
export class Optional<T> {
  readonly #state: State;
  readonly #value: T | undefined;

  private constructor(state: State, value: T | undefined) {
    if (isObject(value) && Object.hasOwn(value, "enabled")) {
      const text = "the value of an optional section cannot have a field 'enabled': the section has one itself";
      throw new FerruleError("INVALID_ARGUMENT", text, { permanent: true });
    }
    this.#state = state;
    this.#value = value;
  }

  /** No value, unless a configuration gives one.
   * @param base what a map is laid over; without one, any map is taken as it is
   * @throws {FerruleError} `INVALID_ARGUMENT` for a base with a field `enabled` */
  static none<T>(base?: T): Optional<T> {
    return new Optional<T>("none", base);
  }

  /** No value, but one that stands ready for whoever names the section.
   * @throws {FerruleError} `INVALID_ARGUMENT` for a value with a field `enabled` */
  static default<T>(value: T): Optional<T> {
    return new Optional<T>("default", value);
  }

  /** A value.
   * @throws {FerruleError} `INVALID_ARGUMENT` for a value with a field `enabled` */
  static some<T>(value: T): Optional<T> {
    return new Optional<T>("some", value);
  }

  get hasValue(): boolean {
    return this.#state === "some";
  }

  /** The value; undefined when there is none, also where a default stands ready. */
  get(): T | undefined {
    return this.hasValue ? this.#value : undefined;
  }

  /** The value, or the default that stands ready, or what a map would be laid over. */
  getOrDefault(): T | undefined {
    return this.#value;
  }

  /** What a null in a configuration makes of it: the default comes to life. */
  named(): Optional<T> {
    return this.#state === "none" ? this : Optional.some(this.#value as T);
  }

  /** Written into JSON as the value, or null. */
  toJSON(): T | null {
    return this.get() ?? null;
  }

  toString(): string {
    return this.hasValue ? `Some(${String(this.#value)})` : this.#state === "none" ? "None" : "Default";
  }

  /** Keeps it whole where plain objects are taken apart. */
  get [Symbol.toStringTag](): string {
    return "Optional";
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
