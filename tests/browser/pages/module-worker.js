import { loadPyodide } from "/pyodide.mjs";

/** @type {string[]} */
const lines = [];
const pyodide = await loadPyodide({ api: "0.16", stdout: (line) => lines.push(line) });
pyodide.runPython("print('in a module worker')");
postMessage([...lines, pyodide.runPython("2 ** 10")]);
