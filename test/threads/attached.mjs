// A lane for a worker of these proofs.
import { setTimeout as delay } from "node:timers/promises";
import { attach } from "../../dist/index.js";

/** Ends of other workers may still be under way: then there is no lane for a moment. */
export async function attached(shared, options) {
  for (let left = 500; ; left--) {
    try {
      return await attach(shared, options);
    } catch (error) {
      if (error.code !== "LANES_EXHAUSTED" || left === 0) throw error;
      await delay(10);
    }
  }
}
