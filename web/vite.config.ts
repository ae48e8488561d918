import { defineConfig } from "vitest/config";

declare const process: { env: Record<string, string | undefined> };

// The App has one React and one of each of its own packages, as globals; a second React would break its hooks.
const globals = {
  react: "React",
  recoil: "recoil",
  "@fiftyone/operators": "__foo__",
  "@fiftyone/plugins": "__fop__",
  "@fiftyone/spaces": "__fosp__",
  "@fiftyone/state": "__fos__",
  "@fiftyone/utilities": "__fou__",
};

export default defineConfig({
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2023",
    // Where FiftyOne looks for a plugin's script, unless its manifest says otherwise.
    lib: { entry: "src/index.tsx", name: "Plumb", formats: ["iife"], fileName: () => "index.umd.js" },
    rolldownOptions: { external: Object.keys(globals), output: { globals } },
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.ts"],
    testTimeout: 120_000, // a busy machine is no defect of what is tested
    hookTimeout: 120_000,
    setupFiles: process.env["CI"] ? ["tools/same-examples.ts"] : [],
  },
});
