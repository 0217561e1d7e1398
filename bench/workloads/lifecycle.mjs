// Instances: start and shutdown of an extension that does nothing, with its configuration and context as JSON.
import { callsLine } from "./calls.mjs";

export const PAIRS_IN_FLIGHT = 64;

export function lifecycleLines({ runtime }) {
  const pair = async (number) => {
    const extension = await runtime.start(`sized/${number}`, {});
    await extension.shutdown();
    return extension.id;
  };
  const peer = { name: "ferrule", isFerrule: true, call: pair, accept: (number, id) => id === `sized/${number}` };
  return [callsLine(peer, "start and shutdown", PAIRS_IN_FLIGHT)];
}
