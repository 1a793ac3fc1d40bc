// What do tests need from the build?
//
// This module finds it.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const root: string = join(import.meta.dirname, "../..");

/** The Python that has the project installed. */
export const python: string = join(root, ".venv/bin/python");

/** The emcc of the quickstart, with file_packager in the same folder. */
export function compiler(): string | undefined {
  const result = spawnSync(python, ["-m", "tests.harness.compiler"], {
    cwd: root,
    encoding: "utf8",
  });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/**
 * Whether tests must be skipped because something is missing; prints a warning. Throws instead if
 * the environment has `CONDA_EMSCRIPTEN_REQUIRE_BUILD=1`, as after a quickstart.
 */
export function skippedWithout(available: boolean, what: string): boolean {
  if (available) return false;
  if (process.env.CONDA_EMSCRIPTEN_REQUIRE_BUILD === "1") throw new Error(`missing: ${what}`);
  console.warn(`tests are skipped without ${what}`);
  return true;
}

/** The solver in the site that `conda-emscripten dist` has made. */
export const solverWasm: URL = pathToFileURL(join(root, "build/dist/solver.wasm"));
