// Measures the first script in Node: node first_script.mjs INDEX SCRIPT [FILES]. INDEX is the folder
// with pyodide.mjs, SCRIPT is Python, FILES is JSON with files for the script.
import { readFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { measure } from "../pages/first_script.mjs";

const [index = ".", script = "", files] = process.argv.slice(2);
const indexURL = resolve(index) + sep;
const start = async () => {
  const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
  return loadPyodide({ indexURL });
};
const content = files ? JSON.parse(readFileSync(files, "utf8")) : {};
console.log(JSON.stringify(await measure(start, script, content)));
process.exit(0);
