// npm run graphs -- [--seed N] [--count N] [--extensions N] [--failing N]: services with a random graph of dependencies
// between extensions in Rust and TypeScript. Each graph is lived once whole, and then with extensions that fail at
// their create, start and shutdown, one after the other; what happened is compared word for word with a model.
import { guard, readNumbers } from "../soak/guard.mjs";

const options = readNumbers("usage: npm run graphs -- [--seed N] [--count N] [--extensions N] [--failing N]", {
  seed: { least: 0, most: 2 ** 32 - 1, otherwise: Date.now() % 1_000_000 },
  count: { least: 1, most: 1_000_000, otherwise: 100 },
  extensions: { least: 2, most: 1_000, otherwise: 200 },
  // How many of each graph fail at each step. Graph by graph the choice moves on, until each had its turn.
  failing: { least: 1, most: 1_000, otherwise: 3 },
});
guard(new URL("graphs.mjs", import.meta.url), options);
