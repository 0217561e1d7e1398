/**
 * Numbers as the Collector's parser reads them, which is YAML 1.2 with two habits of 1.1: a leading zero makes an octal
 * number, and underscores may stand between digits.
 */
import type { ScalarTag, Tags } from "yaml";

const INT = "tag:yaml.org,2002:int";
const FLOAT = "tag:yaml.org,2002:float";

const ints: ScalarTag = {
  tag: INT,
  default: true,
  test: /^[-+]?(?:0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|0[oO]_*[0-7][0-7_]*|0[bB]_*[01][01_]*|[0-9][0-9_]*)$/,
  resolve: (text) => {
    const [, sign, digits] = /^([-+]?)(.*)$/.exec(text.replaceAll("_", ""))!;
    // What only looks octal is decimal: 089 is 89.
    const value = BigInt(/^0[0-7]+$/.test(digits!) ? `0o${digits}` : digits!.toLowerCase());
    return sign === "-" ? -value : value;
  },
};

const floats: ScalarTag = {
  tag: FLOAT,
  default: true,
  test: /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE]_*[-+]?_*[0-9][0-9_]*)?$/,
  resolve: (text) => Number(text.replaceAll("_", "")),
};

/** The tags of the core schema, with these numbers. Whole numbers become `bigint`. */
export function withNumbers(core: Tags): Tags {
  const others = core.filter(
    (tag) => typeof tag === "string" || (tag.tag !== INT && tag.tag !== FLOAT) || isSpecial(tag as ScalarTag),
  );
  return [...others, ints, floats];
}

/** The tag of what is a number and has no digits: infinities, and not-a-number. */
function isSpecial({ test }: ScalarTag): boolean {
  return test?.test(".inf") === true;
}
