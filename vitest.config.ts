import { defineConfig } from "vitest/config";

// Tests import `dist`, as a user does: what is tested is what is shipped.
export default defineConfig({
  test: {
    pool: "forks",
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
