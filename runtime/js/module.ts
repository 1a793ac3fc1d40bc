// Which names does a program import from pyodide.mjs?

import type { PyodideAPI } from "./api.js";
import { type PyodideOptions, start } from "./load.js";

export type { PyodideAPI } from "./api.js";
export type { PyodideOptions } from "./load.js";

/** Start a Python interpreter: see `PyodideOptions`. Each call starts another one. */
export function loadPyodide(options: PyodideOptions = {}): Promise<PyodideAPI> {
  return start(options, import.meta.url);
}
