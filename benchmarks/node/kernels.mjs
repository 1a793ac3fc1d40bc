// Measures pure Python in Node: node kernels.mjs INDEX KERNELS. INDEX is the folder with
// pyodide.mjs, KERNELS the folder of the sources.
import { readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { measure } from "../pages/kernels.mjs";

const [index = ".", kernels = "."] = process.argv.slice(2);
const indexURL = resolve(index) + sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
/** @param {string} name */
const read = (name) => readFileSync(join(kernels, `bm_${name}`, "run_benchmark.py"), "utf8");
console.log(JSON.stringify(await measure(await loadPyodide({ indexURL }), read)));
process.exit(0);
