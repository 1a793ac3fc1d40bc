// Measures a start in Node: node ready.mjs INDEX [PACKAGE CHANNEL], INDEX being the folder with pyodide.mjs.
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

const [index, name, channel] = process.argv.slice(2);
const indexURL = resolve(index) + sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL, ...(channel && { channels: [channel] }) });
pyodide.runPython("1 + 1");
// Milliseconds since the process began.
const result = { ready: performance.now(), rss: process.resourceUsage().maxRSS * 1024 };
if (name) {
  const start = performance.now();
  await pyodide.loadPackage(name);
  const loaded = performance.now();
  pyodide.runPython(`import ${name}`);
  result.load = loaded - start;
  result.import = performance.now() - loaded;
}
console.log(JSON.stringify(result));
process.exit(0);
