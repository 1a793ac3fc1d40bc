// Measures a start in Node: node ready.mjs INDEX. INDEX is the folder with pyodide.mjs.
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

const [index = "."] = process.argv.slice(2);
const indexURL = resolve(index) + sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL });
pyodide.runPython("1 + 1");
// Milliseconds since the process began.
console.log(
  JSON.stringify({ ready: performance.now(), rss: process.resourceUsage().maxRSS * 1024 }),
);
process.exit(0);
