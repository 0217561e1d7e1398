/** Durations as Go writes and reads them: `1h30m`, `1.5s`, `100ns`. */

const UNITS = new Map<string, bigint>([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);
const PART = /^(\d*)(?:\.(\d*))?([^\d.]*)/;
const MAX = 2n ** 63n;

/** Nanoseconds.
 * @throws {Error} in Go's words, without the text: it may be a secret that went astray */
export function parseDuration(text: string): bigint {
  const invalid = (): Error => new Error("time: invalid duration");
  const sign = text[0] === "-" ? -1n : 1n;
  let rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === "0") return 0n;
  if (rest === "") throw invalid();
  let total = 0n;
  while (rest !== "") {
    const [part, whole = "", fraction = "", unit = ""] = PART.exec(rest)!;
    if (whole === "" && fraction === "") throw invalid();
    if (unit === "") throw new Error("time: missing unit in duration");
    const size = UNITS.get(unit);
    if (size === undefined) throw new Error("time: unknown unit");
    const digits = fraction.slice(0, 18);
    total += BigInt(whole.slice(0, 40) || "0") * size + (BigInt(digits || "0") * size) / 10n ** BigInt(digits.length);
    if (total > MAX || (total === MAX && sign > 0n)) throw invalid();
    rest = rest.slice(part.length);
  }
  return sign * total;
}

/** As Go prints a duration. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "0s";
  const sign = nanoseconds < 0n ? "-" : "";
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  const minutes = size / 60_000_000_000n;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${value / unit}` : `${value / unit}.${fraction}`;
}
