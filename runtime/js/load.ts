// How does all of it start? Interpreter, standard library, interface.

import { Loader } from "../../loader/src/index.js";
import { PyodideAPI } from "./api.js";
import { type CoreOptions, instantiate, startPython } from "./core.js";
import { folderURL } from "./platform.js";

export interface PyodideOptions extends CoreOptions {
  /** Where the distribution is: a URL, or, in Node, a path. The script's own folder if not given. */
  indexURL?: string | undefined;
  /** conda channels, the first has priority; `<indexURL>channel/` if not given. */
  channels?: string[] | undefined;
  /** conda specs of packages to load before the promise resolves. */
  packages?: string[] | undefined;
}

/**
 * Start a Python interpreter.
 *
 * @returns the interface, ready to run code
 * @throws LoaderError for a package or the standard library; Error if the interpreter cannot start
 */
export async function start(options: PyodideOptions, scriptURL: string): Promise<PyodideAPI> {
  const indexURL = await folderURL(options.indexURL ?? new URL(".", scriptURL).href);
  const defaultChannel = `${indexURL}channel/`;
  const channels = await Promise.all(options.channels?.map(folderURL) ?? [defaultChannel]);

  const { FS, ready } = instantiate(indexURL, options);
  const loader = new Loader({
    FS,
    channels,
    registerLibrary: (path, module) => {
      ready.then((core) => core.registerLibrary(path, module)).catch(() => {}); // awaited below
    },
    importSolver: () => import(new URL("solver.mjs", indexURL).href),
    importCustom: () => import(new URL("custom.mjs", indexURL).href),
    // By Emscripten's name, and by that of the packages that were made for Pyodide.
    scriptGlobals: (Module) => ({ Module, pyodide: { _module: Module } }),
  });
  // The standard library is fetched while the interpreter compiles.
  const mounted = loader.load(["python", ...(options.packages ?? [])]);
  const [core] = await Promise.all([ready, mounted]);
  startPython(core, options.args ?? []);
  return new PyodideAPI(core, loader, channels[0] ?? defaultChannel);
}
