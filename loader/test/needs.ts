import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const root: string = join(import.meta.dirname, "../..");

/** The Python that has the project installed. */
export const python: string = join(root, ".venv/bin/python");

/** The emcc that the quickstart has built; file_packager is beside it. */
export function compiler(): string | undefined {
  const found = spawnSync(python, ["-m", "tests.harness.compiler"], {
    cwd: root,
    encoding: "utf8",
  });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/**
 * Whether tests have to be skipped for want of something; says so, or, where everything must have
 * been built (`CONDA_EMSCRIPTEN_REQUIRE_BUILD=1`, as after a quickstart), fails.
 */
export function skippedWithout(available: boolean, what: string): boolean {
  if (available) return false;
  if (process.env.CONDA_EMSCRIPTEN_REQUIRE_BUILD === "1") throw new Error(`missing: ${what}`);
  console.warn(`tests are skipped for want of ${what}`);
  return true;
}

/** The solver that `conda-emscripten dist` has put into the site. */
export const solverWasm: URL = pathToFileURL(join(root, "build/dist/solver.wasm"));
