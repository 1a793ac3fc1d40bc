// Measures a start in Node: node ready.mjs INDEX. INDEX is the folder with pyodide.mjs.
import { readFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

const [index = "."] = process.argv.slice(2);
const indexURL = resolve(index) + sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL });
pyodide.runPython("1 + 1");
// Milliseconds since the process began.
const ready = performance.now();
// Not maxRSS: Linux counts the parent's memory before exec, too.
const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
console.log(JSON.stringify({ ready, rss: Number(peak) * 1024 }));
process.exit(0);
