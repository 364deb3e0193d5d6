import { defineConfig } from "vitest/config";

// The pictures of the guides: `npm run guides`, with TIDINGS_SERVER_BIN, draws them anew into docs/images.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.pictures.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
