import { defineConfig } from "vitest/config";

// The browser tests run against the real server binary, one file after the other: each has a server of its own.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.spec.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
