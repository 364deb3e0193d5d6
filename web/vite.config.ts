import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    // `light-dark()` and `field-sizing` are used as they are: browsers of 2024 and later.
    target: ["chrome123", "firefox128", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: { index: "index.html", sw: "src/sw/sw.ts" },
      // The worker's scope is where it lies, and its address is for ever.
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  server: {
    proxy: {
      "/inbox/v1": { target: process.env["TIDINGS_URL"] ?? "http://127.0.0.1:8080", ws: true },
    },
  },
});
