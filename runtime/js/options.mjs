// Which options of esbuild do the scripts of the site have?
//
// build.mjs writes the site with these options, and vitest.config.mjs the modules for a second run
// of the loader's tests.

import { fileURLToPath } from "node:url";
import { esbuildWat } from "./wat.mjs";

/** @satisfies {import("esbuild").BuildOptions} */
export const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  platform: "neutral",
  external: ["node:*"],
  mainFields: ["module", "main"],
  logLevel: "warning",
  plugins: [esbuildWat],
  // In place of Node's global Buffer, which esbuild leaves to the browser; only where it is used.
  inject: [fileURLToPath(new URL("buffer.ts", import.meta.url))],
};

/** The modules of the loader that are files of their own, which load.ts imports on demand. */
export const onDemand = ["solver", "address-package"];
