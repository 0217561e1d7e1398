// npm run reloads -- [--seed N] [--count N] [--mode both|restart|checked]: a service that is reloaded again and again,
// from one configuration to another and back, while calls go to its extensions. After each reload it must stand as a
// service that was just started with that configuration, and over all of them nothing may grow.
import { guard, readNumbers } from "../soak/guard.mjs";

const options = readNumbers(
  "usage: npm run reloads -- [--seed N] [--count N] [--mode both|restart|checked]",
  {
    seed: { least: 0, most: 2 ** 32 - 1, otherwise: Date.now() % 1_000_000 },
    // Of each mode.
    count: { least: 2, most: 1_000_000, otherwise: 200 },
  },
  { mode: ["both", "restart", "checked"] },
);
// As `npm run workers`: with few heaps, memory that grows is memory that leaks.
guard(new URL("reloads.mjs", import.meta.url), options, { MALLOC_ARENA_MAX: "2" });
