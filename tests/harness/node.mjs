// Runs what tests/harness/node.py sends: node node.mjs PYODIDE_MJS OPTIONS, a socket at descriptor 3. Each line of
// it is a JSON string, an expression whose value is the promise of a string; the answer is that string as JSON.
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [script, options] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(script).href);
globalThis.loadPyodide = loadPyodide;
globalThis.pyodide = await loadPyodide(JSON.parse(options));

// An error in an event's handler is no end of a page, either.
process.on("uncaughtException", (error) => console.error("Uncaught", error));

const socket = new Socket({ fd: 3 });
for await (const line of createInterface({ input: socket })) {
  // biome-ignore lint/security/noGlobalEval: this is what it is for
  socket.write(`${JSON.stringify(await (0, eval)(JSON.parse(line)))}\n`);
}
process.exit(0);
