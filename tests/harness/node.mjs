// Runs the programs of tests/harness/node.py: node node.mjs PYODIDE_MJS OPTIONS, with a socket at
// descriptor 3. Each line of the socket is a JSON string with an expression whose value is the
// promise of a string. The answer is that string as JSON.
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [script = "", options = "{}"] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(script).href);
Object.assign(globalThis, { loadPyodide, pyodide: await loadPyodide(JSON.parse(options)) });

// As in a page, an error in an event's handler does not end the program.
process.on("uncaughtException", (error) => console.error("Uncaught", error));

const socket = new Socket({ fd: 3 });
for await (const line of createInterface({ input: socket })) {
  // biome-ignore lint/security/noGlobalEval: evaluating what the test sends is the purpose
  socket.write(`${JSON.stringify(await globalThis.eval(JSON.parse(line)))}\n`);
}
process.exit(0);
