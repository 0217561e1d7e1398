// Random sequences: what the components do at their steps, and what is asked of the service.
import fc from "fast-check";
import { isRust, UNUSABLE, VARIANTS } from "./model.mjs";

const STEPS = ["start", "config", "ready", "notReady", "shutdown"];
const ACTS = ["fail", "gate", "stubborn", "fatal"];

/** What may be told to which component: Rust has no step `config`, and its `create` belongs to the start. */
const TELLABLE = VARIANTS.slice(0, UNUSABLE).flatMap((ids, variant) =>
  ids.flatMap((id) => {
    const steps = isRust(id) ? STEPS.filter((step) => step !== "config") : ["create", ...STEPS];
    return steps.flatMap((step) =>
      ACTS.filter((act) => {
        if (isRust(id)) return act !== "stubborn" && (act !== "fatal" || step === "start" || step === "shutdown");
        return step !== "create" || (act !== "fatal" && act !== "gate");
      }).map((act) => [`${variant} ${id} ${step}`, act]),
    );
  }),
);

const told = (...acts) => fc.constantFrom(...TELLABLE.filter(([, act]) => acts.includes(act)));
const variant = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 2 }) },
  { weight: 2, arbitrary: fc.integer({ min: 3, max: VARIANTS.length - 1 }) },
);
/** A place in the order of the start, or who is in a step that waits. */
const whose = { isNewest: fc.boolean(), place: fc.constantFrom(0, 1, 2, "waits", "waits") };
const STATUSES = ["Starting", "OK", "RecoverableError", "PermanentError", "FatalError", "Stopping", "Stopped"];

const command = (name, fields = {}) => fc.record({ name: fc.constant(name), ...fields });
const commands = fc.oneof(
  { weight: 2, arbitrary: command("run") },
  { weight: 2, arbitrary: command("start") },
  { weight: 1, arbitrary: command("shutdown") },
  { weight: 1, arbitrary: command("signal", { after: fc.constantFrom(0, 400, 501) }) },
  { weight: 2, arbitrary: command("hangup") },
  { weight: 10, arbitrary: command("reload", { variant: fc.option(variant, { nil: undefined }) }) },
  { weight: 4, arbitrary: command("change", { variant }) },
  { weight: 1, arbitrary: command("lose") },
  {
    weight: 14,
    arbitrary: command("report", {
      ...whose,
      status: fc.constantFrom(...STATUSES, "FatalError", "OK", "RecoverableError"),
    }),
  },
  { weight: 60, arbitrary: command("pass", { how: fc.constantFrom("succeed", "succeed", "succeed", "fail", "late") }) },
  { weight: 6, arbitrary: command("last words") },
  { weight: 3, arbitrary: command("close runtime") },
);

/**
 * `first`: what comes before all else, most often a start. `closes`: the runtime may be closed under the service, and is
 * its own.
 */
export const sequences = fc.record({
  mode: fc.constantFrom("restart", "checked"),
  closes: fc.integer({ min: 0, max: 5 }).map((number) => number === 5),
  // Gates are where commands meet steps; a failure ends most lives.
  acts: fc
    .tuple(
      fc.array(told("gate", "stubborn"), { maxLength: 16, size: "max" }),
      fc.array(told("fail", "fatal"), { maxLength: 2 }),
    )
    .map((parts) => parts.flat()),
  first: fc.constantFrom("start", "start", "run", "run", "nothing"),
  commands: fc.array(commands, { maxLength: 30, size: "max" }),
});
