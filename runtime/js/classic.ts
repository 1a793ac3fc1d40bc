// What does a classic script define? (pyodide.js)
//
// On a page or, through importScripts, in a worker: `languagePluginLoader`, a promise that resolves
// when the global `pyodide` is ready. A page may set `languagePluginUrl`, the folder of the files,
// before.

import type { PyodideAPI } from "./api.js";
import { start } from "./load.js";

declare global {
  var languagePluginUrl: string | undefined;
  var languagePluginLoader: Promise<void>;
  var pyodide: PyodideAPI;
}

/** This script's address. In a worker only a stack trace has it. */
function scriptURL(): string {
  const element = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;
  const url =
    element?.src || /\b(?:https?|file|blob):\S+?(?=:\d+:\d+)/.exec(new Error().stack ?? "")?.[0];
  return url ?? globalThis.location.href;
}

globalThis.languagePluginLoader = start(
  { api: "0.16", indexURL: globalThis.languagePluginUrl },
  scriptURL(),
).then((api) => {
  globalThis.pyodide = api;
});
