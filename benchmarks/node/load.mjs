// Measures loading and importing packages in Node:
//     node --expose-gc load.mjs INDEX CHANNEL PACKAGES MODULES [warm]
// INDEX is the folder with pyodide.mjs. CHANNEL is the folder of a channel, or "" for Pyodide.
// PACKAGES are the names for loadPackage, MODULES the imported modules, separated by commas. With
// "warm", the interpreter runs for 3 s first.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { loading, warmUp } from "../pages/load.mjs";

const [index = ".", channel, packages = "", modules = "", warm] = process.argv.slice(2);
const indexURL = resolve(index) + sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL, ...(channel && { channels: [channel] }) });
pyodide.runPython("1 + 1");
if (warm) warmUp(pyodide);
const load = loading(pyodide, packages.split(","), modules);
const before = await collected();
writeFileSync("/proc/self/clear_refs", "5"); // resets VmHWM: proc(5)
const result = await load();
const status = readFileSync("/proc/self/status", "utf8");
const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
console.log(
  JSON.stringify({ ...result, growth: (await collected()) - before, peak: peak * 1024 - before }),
);
process.exit(0);

/** Resident bytes after garbage collection. */
async function collected() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return process.memoryUsage.rss();
}
