// Measures LZ4 decoders in Node:
//     node lz4.mjs decode FOLDER WAY BUNDLE   a decoder of FOLDER, script or wasm, on a bundle
//     node lz4.mjs load INDEX CHANNEL         the start of the site INDEX, and NumPy of CHANNEL
import { readFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { loading } from "../pages/load.mjs";
import { measure } from "../pages/lz4.mjs";

const [what, folder = ".", first = "", second = ""] = process.argv.slice(2);
const indexURL = resolve(folder) + sep;
console.log(JSON.stringify(await (what === "decode" ? decode(first, second) : load(first))));
process.exit(0);

/**
 * @param {string} way
 * @param {string} bundle
 */
function decode(way, bundle) {
  return measure(pathToFileURL(indexURL).href, way, new Uint8Array(readFileSync(bundle)));
}

/**
 * Milliseconds of elapsed time, and of processor time of all threads: other work of the machine
 * affects processor time less.
 *
 * @param {string} channel
 */
async function load(channel) {
  const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
  const pyodide = await loadPyodide({ indexURL, channels: [channel] });
  pyodide.runPython("1 + 1");
  const ready = performance.now();
  const ready_cpu = cpu();
  const { total } = await loading(pyodide, ["numpy"], "numpy")();
  return { ready, ready_cpu, total, total_cpu: cpu() - ready_cpu };
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
