// How does all of it start? Interpreter, standard library, interface.

import {
  type Callbacks,
  Loader,
  type Lock,
  openRanges,
  openStore,
} from "../../loader/src/index.js";
import { PyodideAPI } from "./api.js";
import { type CoreOptions, instantiate, startPython } from "./core.js";
import { absoluteURL, cacheFolder, folderURL } from "./platform.js";

export interface PyodideOptions extends CoreOptions, Callbacks {
  /** Where the distribution is: a URL, or, in Node, a path. The script's own folder if not given. */
  indexURL?: string | undefined;
  /** conda channels, the first has priority; `<indexURL>channel/` if not given. */
  channels?: string[] | undefined;
  /** conda specs of packages to load before the promise resolves. */
  packages?: string[] | undefined;
  /** Restores these very packages first: what `pyodide.lock()` has returned, or the address of such a file. */
  lock?: Lock | string | undefined;
  /** Whether packages are kept for the next visit; they are if not told otherwise. */
  packageCache?: boolean | undefined;
  /** In bytes; a gigabyte if not given. What was kept first goes first. */
  packageCacheLimit?: number | undefined;
  /** In Node: the folder where packages are kept, instead of one below `$XDG_CACHE_HOME` or `~/.cache`. */
  packageCacheDir?: string | undefined;
  /**
   * In a worker, and in Node for channels on the disk: of large packages only the parts are fetched that are opened,
   * each when it is. They are not kept for the next visit.
   */
  ranges?: boolean | undefined;
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
  const store = options.packageCache === false ? null : openCache(options);
  const loader = new Loader({
    FS,
    channels,
    fetch: { store },
    ranges: options.ranges ? openRanges() : null,
    registerLibrary: (path, module) => ready.then((core) => core.registerLibrary(path, module)),
    importSolver: () => import(new URL("solver.mjs", indexURL).href),
    importAddressPackage: () => import(new URL("address-package.mjs", indexURL).href),
    // By Emscripten's name, and by that of the packages that were made for Pyodide.
    scriptGlobals: (Module) => ({ Module, pyodide: { _module: Module } }),
  });
  // The standard library is fetched while the interpreter compiles.
  const mounted = mount(loader, options);
  const [core] = await Promise.all([ready, mounted]);
  startPython(core, options.args ?? []);
  return new PyodideAPI(core, loader, channels[0] ?? defaultChannel, await store);
}

async function mount(loader: Loader, options: PyodideOptions): Promise<void> {
  const { lock, packages = [] } = options;
  if (lock !== undefined) {
    const isURL = typeof lock === "string";
    await loader.restore(isURL ? await absoluteURL(lock) : lock, options);
  }
  await loader.load(["python", ...packages], options);
}

async function openCache(options: PyodideOptions) {
  const folder = options.packageCacheDir ?? (await cacheFolder());
  const limit = options.packageCacheLimit;
  return openStore({ ...(folder && { folder }), ...(limit !== undefined && { limit }) });
}
