// Makes what benchmarks/lz4.py compares: node lz4-build.mjs FOLDER. In FOLDER/wasm and FOLDER/script, copies of the site, comes
// the script with the decoder in WebAssembly or in JavaScript, which adds up its time; in FOLDER/decoders the decoders.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { esbuildWat } from "../runtime/js/wat.mjs";

const [folder] = process.argv.slice(2);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const decoders = { wasm: here("../loader/src/lz4.ts"), script: here("lz4-script.ts") };
const common = { bundle: true, minify: true, target: "es2022", format: "esm", platform: "neutral", mainFields: ["module", "main"] };

/** Puts a decoder, with a clock, in the place of loader/src/lz4.ts. */
const timed = (decoder) => ({
  name: "timed",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/lz4\.js$/ }, () => ({ path: decoder, namespace: "timed" }));
    onLoad({ filter: /.*/, namespace: "timed" }, () => ({
      resolveDir: here("."),
      contents: `
        import { decompressBlock as decompress } from ${JSON.stringify(decoder)};
        export { Lz4Error } from ${JSON.stringify(decoder)};
        export function decompressBlock(source, target) {
          const start = performance.now();
          decompress(source, target);
          globalThis.decoding = (globalThis.decoding ?? 0) + performance.now() - start;
        }`,
    }));
  },
});

for (const [way, decoder] of Object.entries(decoders)) {
  await build({
    ...common,
    entryPoints: [here("../runtime/js/module.ts")],
    outfile: join(folder, way, "pyodide.mjs"),
    external: ["node:*", "./solver.js", "./custom.js"],
    plugins: [timed(decoder), esbuildWat],
  });
}
await build({
  ...common,
  entryPoints: { ...decoders, head: decoders.script },
  outdir: join(folder, "decoders"),
  outExtension: { ".js": ".mjs" },
  plugins: [esbuildWat],
});
