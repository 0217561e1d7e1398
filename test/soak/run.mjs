// npm run soak -- [--seed N] [--count N] [--lanes N]: calls of every kind, at windows of every size, over several lanes
// of one runtime. Every answer is checked, every promise settles once, and at the end both sides' books agree.
import { guard, readNumbers } from "./guard.mjs";

const options = readNumbers("usage: npm run soak -- [--seed N] [--count N] [--lanes N]", {
  seed: { least: 0, most: 2 ** 32 - 1, otherwise: Date.now() % 1_000_000 },
  count: { least: 1, most: 2 ** 30, otherwise: 1_000_000 },
  lanes: { least: 1, most: 256, otherwise: 4 },
});
guard(new URL("soak.mjs", import.meta.url), options);
