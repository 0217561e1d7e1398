// npm run workers -- [--seed N] [--count N] [--pool both|threads|piscina]: workers that end at random moments in every
// way there is, while the main lane and a steady worker make checked calls. Nothing of those that ended may be left.
import { guard, readNumbers } from "../soak/guard.mjs";

const options = readNumbers(
  "usage: npm run workers -- [--seed N] [--count N] [--pool both|threads|piscina] [--shield on|off]",
  {
    seed: { least: 0, most: 2 ** 32 - 1, otherwise: Date.now() % 1_000_000 },
    count: { least: 1, most: 1_000_000, otherwise: 200 },
  },
  { pool: ["both", "threads", "piscina"], shield: ["on", "off"] }, // the shield: see shield.mjs
);
// glibc gives new threads heaps of their own and keeps them: with few of those, memory that grows is memory that leaks.
guard(new URL("threads.mjs", import.meta.url), options, { MALLOC_ARENA_MAX: "2" });
