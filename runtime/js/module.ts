// Which names does a program import from pyodide.mjs?

import type { PyodideAPI } from "./api.js";
import type { PyodideAPI16 } from "./api16.js";
import { start } from "./load.js";
import type { PyodideOptions } from "./options.js";
import { folderOf } from "./platform.js";

export type { PyodideAPI } from "./api.js";
export type { PyodideAPI16 } from "./api16.js";
export type { Lockfile, LockfileInfo, LockfilePackage } from "./lockfile.js";
export type { Api, PyodideOptions } from "./options.js";
export type { PackageData } from "./packages.js";
export { distributionVersion, version } from "./version.js";

/** Pyodide's names of types. */
export type PyodideInterface = PyodideAPI;
export type PyodideConfig = PyodideOptions;

/** The API that the options ask for. */
export type APIOf<Options> = Options extends { api: "0.16" } ? PyodideAPI16 : PyodideAPI;

/** Start a Python interpreter: see `PyodideOptions`. Each call starts another one. */
export function loadPyodide<const Options extends PyodideOptions = PyodideOptions>(
  options?: Options,
): Promise<APIOf<Options>> {
  // @pyodide/webpack-plugin makes a script of this module, which has no address.
  const address: string | undefined = import.meta.url;
  return start(options ?? {}, folderOf(address ?? "")) as Promise<APIOf<Options>>;
}
