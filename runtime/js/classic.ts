// What does a classic script define? (pyodide.js)
//
// On a page, in a worker that calls importScripts, and for Node's `require`: `loadPyodide`, which
// starts an interpreter, and `version`.
//
// For pages that were written for Pyodide 0.16: `languagePluginLoader`, a promise that resolves
// when the global `pyodide` is ready. The interpreter starts when a page first reads it, or at once
// if the page has set `languagePluginUrl`, the folder of the files, before.

import type { PyodideAPI16 } from "./api16.js";
import { start } from "./load.js";
import type { loadPyodide as load } from "./module.js";
import type { PyodideOptions } from "./options.js";
import { distributionVersion, version } from "./version.js";

declare global {
  var languagePluginUrl: string | undefined;
  var languagePluginLoader: Promise<void>;
  var pyodide: PyodideAPI16;
}

/** The folder of this script. In a worker only a stack trace has the script's address. */
function scriptFolder(): string {
  if (typeof __dirname === "string") return __dirname;
  const element = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;
  const url =
    element?.src || /\b(?:https?|file|blob):\S+?(?=:\d+:\d+)/.exec(new Error().stack ?? "")?.[0];
  return new URL(".", url ?? globalThis.location.href).href;
}

const folder = scriptFolder();
const loadPyodide = ((options: PyodideOptions = {}) => start(options, folder)) as typeof load;
Object.assign(globalThis, { loadPyodide });

let started: Promise<void> | undefined;
function startOld(): Promise<void> {
  started ??= start({ api: "0.16", indexURL: globalThis.languagePluginUrl }, folder).then((api) => {
    globalThis.pyodide = api as PyodideAPI16;
  });
  return started;
}

Object.defineProperty(globalThis, "languagePluginLoader", { get: startOld, configurable: true });
if (globalThis.languagePluginUrl !== undefined) startOld();

// What `require` gives (build.mjs).
export { distributionVersion, loadPyodide, version };
