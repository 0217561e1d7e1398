/** Versions as gates name them: `v0.2.0`, `1.2`, `0.3.0-rc.1`. */

const VERSION = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z~-]+(?:\.[0-9A-Za-z~-]+)*))?(?:\+[0-9A-Za-z~.-]+)?$/;
/** Missing parts are zero, and are printed. */
const PARTS_MIN = 3;

export class GateVersion {
  readonly #parts: readonly bigint[];
  readonly #release: string;

  private constructor(parts: readonly bigint[], release: string) {
    this.#parts = parts;
    this.#release = release;
  }

  /** The version that `text` names; undefined when it names none. */
  static read(text: string): GateVersion | undefined {
    const match = VERSION.exec(text);
    if (match === null) return undefined;
    const parts = match[1]!.split(".").map(BigInt);
    while (parts.length < PARTS_MIN) parts.push(0n);
    return new GateVersion(parts, match[2] ?? "");
  }

  /** Whether this one was released first. What leads up to a release comes before it. */
  isBefore(other: GateVersion): boolean {
    for (let index = 0; index < Math.max(this.#parts.length, other.#parts.length); index++) {
      const difference = (this.#parts[index] ?? 0n) - (other.#parts[index] ?? 0n);
      if (difference !== 0n) return difference < 0n;
    }
    if (this.#release === "" || other.#release === "") return this.#release !== "" && other.#release === "";
    return this.#release < other.#release;
  }

  toString(): string {
    return this.#parts.join(".") + (this.#release === "" ? "" : `-${this.#release}`);
  }
}
