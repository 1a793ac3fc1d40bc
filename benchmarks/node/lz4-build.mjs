// Builds the files that benchmarks/parts/lz4.py compares: node lz4-build.mjs FOLDER. FOLDER is a copy
// of the site. The program replaces pyodide.mjs by a build with the decoder in JavaScript, and adds
// both decoders as lz4/script.mjs and lz4/wasm.mjs.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { esbuildWat } from "../../runtime/js/wat.mjs";

const [folder = "."] = process.argv.slice(2);
/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const script = here("lz4-script.ts");
/** @satisfies {import("esbuild").BuildOptions} */
const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
};
/** @type {import("esbuild").Plugin} */
const inScript = {
  name: "script",
  setup: ({ onResolve }) => onResolve({ filter: /\/lz4\.js$/ }, () => ({ path: script })),
};
await build({
  ...common,
  entryPoints: [here("../../runtime/js/module.ts")],
  outfile: join(folder, "pyodide.mjs"),
  external: ["node:*", "./solver.js", "./address-package.js"],
  plugins: [inScript],
});
await build({
  ...common,
  entryPoints: { script, wasm: here("../../loader/src/lz4.ts"), head: script },
  outdir: join(folder, "lz4"),
  outExtension: { ".js": ".mjs" },
  plugins: [esbuildWat],
});
