// How do the tests read the sources? As the build does.
//
// The tests of the loader run twice: on the sources, and on modules that are bundled and minified
// as the scripts of the site are.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { configDefaults, defineConfig } from "vitest/config";
import { common } from "./runtime/js/options.mjs";
import { viteWat } from "./runtime/js/wat.mjs";

const SOURCES = join(import.meta.dirname, "loader/src");
const TESTS = join(import.meta.dirname, "loader/test");

/**
 * Makes each module of loader/src a file with all that it imports; tests import these files.
 *
 * @returns {import("vite").Plugin}
 */
function bundled() {
  let folder = "";
  return {
    name: "bundled",
    enforce: "pre",
    async configResolved() {
      folder = mkdtempSync(join(tmpdir(), "conda-emscripten-"));
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      const modules = readdirSync(SOURCES).filter((file) => /(?<!\.d)\.ts$/.test(file));
      await build({
        ...common,
        format: "esm",
        entryPoints: modules.map((file) => join(SOURCES, file)),
        outdir: folder,
      });
    },
    resolveId(source, importer) {
      if (!source.startsWith("../src/") || !importer?.startsWith(TESTS)) return null;
      return { id: join(folder, basename(source)), external: true };
    },
    closeBundle: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export default defineConfig({
  test: {
    projects: [
      { extends: true, plugins: [viteWat], test: { name: "sources" } },
      {
        extends: true,
        plugins: [bundled()],
        test: { name: "bundled", include: ["loader/test/*.test.ts"] },
      },
    ],
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
