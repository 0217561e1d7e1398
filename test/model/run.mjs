// npm run model -- [--seed N] [--count N]: random sequences of whatever may be asked of a service, and of what its
// components may do, played to a service and to a small model of it at once. What differs is told with the seed, and
// with the shortest sequence that still differs.
import { guard, readNumbers } from "../soak/guard.mjs";

const options = readNumbers("usage: npm run model -- [--seed N] [--count N]", {
  seed: { least: 0, most: 2 ** 31 - 1, otherwise: Date.now() % 1_000_000 },
  count: { least: 1, most: 10_000_000, otherwise: 1_000 },
});
guard(new URL("sequences-run.mjs", import.meta.url), options);
