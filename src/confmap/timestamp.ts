/** Points in time, as Go's YAML reads them: the four forms below, and no others. */

/** Seconds and their fraction, in the forms with a time. */
const TIME = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?`;
const FORMS = [
  new RegExp(String.raw`^(\d{4})-(\d{1,2})-(\d{1,2})[Tt]${TIME}(Z|[-+]\d{2}:\d{2})$`),
  new RegExp(String.raw`^(\d{4})-(\d{1,2})-(\d{1,2}) +${TIME}()$`),
  /^(\d{4})-(\d{1,2})-(\d{1,2})$/,
];

/** A date that keeps what JavaScript's `Date` drops: the text that was written, nanoseconds and the zone. */
export class Timestamp extends Date {
  /** As it was written. */
  readonly text: string;
  /** RFC 3339 with up to nine digits of a second, in the zone that was written. */
  readonly rfc3339: string;

  private constructor(milliseconds: number, text: string, rfc3339: string) {
    super(milliseconds);
    this.text = text;
    this.rfc3339 = rfc3339;
  }

  /** The time that `text` says; undefined when it says none. */
  static read(text: string): Timestamp | undefined {
    const match = FORMS.map((form) => form.exec(text)).find((found) => found !== null);
    if (match === undefined) return undefined;
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
      .slice(1, 7)
      .map((part) => Number(part ?? 0));
    const zone = match[8] === undefined || match[8] === "" ? "Z" : match[8];
    const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
    // Years below 100 are years of the last century to Date.UTC.
    date.setUTCFullYear(year, month - 1, day);
    const fits = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
    const offset = offsetOf(zone);
    if (!fits || second > 59 || offset === undefined) return undefined;
    const digits = (match[7] ?? "").slice(0, 9).replace(/0+$/, "");
    const whole = `${date.toISOString().slice(0, 19)}${digits === "" ? "" : `.${digits}`}${offset === 0 ? "Z" : zone}`;
    const milliseconds = Number(digits.padEnd(3, "0").slice(0, 3));
    return new Timestamp(date.getTime() - offset * 60_000 + milliseconds, text, whole);
  }

  /** What was written: who takes dates as text gets the text. */
  override toJSON(): string {
    return this.text;
  }

  /** As Go prints a time. */
  get goText(): string {
    const [, day, time, zone] = /^(.{10})T([\d:.]+)(.*)$/.exec(this.rfc3339)!;
    return `${day} ${time} ${zone === "Z" ? "+0000 UTC" : `${zone!.replace(":", "")} ${zone!.replace(":", "")}`}`;
  }
}

/** Minutes east of Greenwich; undefined when no zone is that far. */
function offsetOf(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (hours > 24 || minutes > 60) return undefined;
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes);
}
