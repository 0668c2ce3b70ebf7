import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { documents } from "./markdown.ts";

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
    // Few files in place of dozens: what pages share is two, what one page has is its own, charts are apart.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "style", test: /\.css$/, priority: 3 }, // one file, in the order of its imports
            {
              name: "vendor",
              test: /node_modules[\\/](?!echarts|zrender)/,
              minShareCount: 3,
              priority: 2,
            },
            { name: "shared", test: /[\\/]src[\\/](?!charts[\\/]echarts)/, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    // The host stays as the browser wrote it, or changes would look as if another page sent them.
    proxy: Object.fromEntries(
      ["/api", "/health/"].map((path) => [
        path,
        { target: process.env.RP_API ?? "http://127.0.0.1:8321", changeOrigin: false },
      ]),
    ),
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], globals: false },
});
