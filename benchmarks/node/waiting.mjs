// Measures calls that can wait in Node: node waiting.mjs INDEX. INDEX is the folder with
// pyodide.mjs.
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { measure } from "../pages/waiting.mjs";

const [index = "."] = process.argv.slice(2);
const indexURL = resolve(index) + sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
console.log(JSON.stringify(await measure(await loadPyodide({ indexURL, api: "314" }))));
process.exit(0);
