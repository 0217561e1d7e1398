import { expect, test } from "vitest";
import { isStatus, mayMove, type Status } from "../../dist/component/status.js";

/** Every legal move; the rest of the 64 are not. */
const LEGAL: Record<Status, string> = {
  None: "Starting",
  Starting: "OK RecoverableError PermanentError FatalError Stopping",
  OK: "OK RecoverableError PermanentError FatalError Stopping",
  RecoverableError: "OK RecoverableError PermanentError FatalError Stopping",
  PermanentError: "Stopping",
  FatalError: "",
  Stopping: "RecoverableError PermanentError FatalError Stopped",
  Stopped: "",
};

test("every move, legal and not", () => {
  const all = Object.keys(LEGAL) as Status[];
  const found = Object.fromEntries(
    all.map((from) => [
      from,
      all
        .filter((to) => mayMove(from, to))
        .sort()
        .join(" "),
    ]),
  );
  const expected = Object.fromEntries(all.map((from) => [from, LEGAL[from].split(" ").sort().join(" ")]));
  expect(found).toEqual(expected);
  expect(["OK", "ok", "toString", ""].map(isStatus)).toEqual([true, false, false, false]);
});
