// Measures calls and conversions in Node: node bridge.mjs INDEX. INDEX is the folder with
// pyodide.mjs.
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { measure } from "../pages/bridge.mjs";

const [index = "."] = process.argv.slice(2);
const indexURL = resolve(index) + sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
console.log(JSON.stringify(measure(await loadPyodide({ indexURL }))));
process.exit(0);
