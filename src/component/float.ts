/** Numbers that print as floating point. */

/** A number with a point, also where it is whole: Go's YAML writes large ones with an exponent. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}
