import { defineConfig } from "vitest/config";

// The bench: one file, one server, nothing beside it. It is run by `cargo xtask bench inbox`.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.bench.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
