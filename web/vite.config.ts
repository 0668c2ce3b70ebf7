import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { documents } from "./markdown";

const source = new URL("./src", import.meta.url).pathname;

export default defineConfig({
  plugins: [react(), documents()],
  resolve: { alias: { "~": source } },
  build: {
    outDir: "../src/riskpanel/api/page",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 900,
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": process.env.RP_API ?? "http://127.0.0.1:8321", "/health/": process.env.RP_API ?? "http://127.0.0.1:8321" } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], globals: false },
});
