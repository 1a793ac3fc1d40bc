// How do the tests read the sources? As the build does.

import { configDefaults, defineConfig } from "vitest/config";
import { viteWat } from "./runtime/js/wat.mjs";

export default defineConfig({
  plugins: [viteWat],
  test: {
    exclude: [...configDefaults.exclude, "build/**"],
    testTimeout: 60_000,
    // `make test` prints the summary: ci/coverage_summary.py.
    coverage: {
      include: ["loader/src/**/*.ts", "runtime/js/**/*.ts"],
      exclude: ["runtime/js/test/**"],
      reporter: ["json-summary"],
      reportsDirectory: "build/coverage/typescript",
    },
  },
});
