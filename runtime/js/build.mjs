// Writes the scripts, stylesheets and pages of the site: `node runtime/js/build.mjs FOLDER`.

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { common, onDemand } from "./options.mjs";
import { writeTypes } from "./types.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node runtime/js/build.mjs FOLDER");
  process.exit(2);
}
/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

mkdirSync(folder, { recursive: true });
await Promise.all([
  build({
    ...common,
    format: "esm",
    entryPoints: [here("module.ts")],
    outfile: join(folder, "pyodide.mjs"),
  }),
  build({
    ...common,
    format: "iife",
    globalName: "exported",
    // In a function, so that the script defines no further global name; Node's `require` has `module`.
    banner: { js: "(() => {" },
    footer: { js: 'if (typeof module === "object") module.exports = exported; })();' },
    entryPoints: [here("classic.ts")],
    outfile: join(folder, "pyodide.js"),
  }),
  // Fetched only when a package is not in the channel's lock, or comes from an address.
  ...onDemand.map((name) =>
    build({
      ...common,
      format: "esm",
      entryPoints: [here(`../../loader/src/${name}.ts`)],
      outfile: join(folder, `${name}.mjs`),
    }),
  ),
]);
// Bundlers leave these imports as they are: those of Node's modules, and of files of the site.
for (const name of ["pyodide.mjs", "pyodide.js"]) {
  const text = readFileSync(join(folder, name), "utf8");
  const marked = text.replaceAll("import(", "import(/*webpackIgnore:true*//*@vite-ignore*/");
  writeFileSync(join(folder, name), marked);
}
await Promise.all([
  build({
    ...common,
    format: "esm",
    entryPoints: { console: here("console/page.ts"), home: here("home/page.ts") },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
  }),
  build({
    ...common,
    format: "iife",
    entryPoints: { "console-worker": here("console/worker.ts") },
    outdir: folder,
  }),
  build({
    ...common,
    entryPoints: { console: here("console/console.css"), site: here("home/site.css") },
    outdir: folder,
  }),
]);
cpSync(here("../pages"), folder, { recursive: true });
writeTypes(folder);
// Last: it keeps all other files that pages use, the documentation included, which is there already.
const serviceWorker = "pyodide-sw.js";
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name !== serviceWorker && !name.endsWith(".d.ts"))
  .filter((name) => statSync(join(folder, name)).isFile())
  .sort();
const version = createHash("sha256");
for (const file of files) version.update(file).update(readFileSync(join(folder, file)));
await build({
  ...common,
  format: "iife",
  entryPoints: [here("service-worker.ts")],
  outfile: join(folder, serviceWorker),
  // A line of its own: conda_emscripten/notebook.py replaces the line.
  banner: {
    js: `const SITE=${JSON.stringify({ files, version: version.digest("hex").slice(0, 16) })};`,
  },
});
