// How do interpreter, standard library and interface start?

import {
  type Callbacks,
  Loader,
  type Lock,
  openRanges,
  openStore,
} from "../../loader/src/index.js";
import { PyodideAPI } from "./api.js";
import { type ApiMode, type CoreOptions, instantiate, startPython } from "./core.js";
import { absoluteURL, cacheFolder, folderURL } from "./platform.js";

/** A version of Pyodide's JavaScript API. */
export type Api = "0.16" | "314";

const DEFAULT_API: Api = "0.16";

export interface PyodideOptions extends CoreOptions, Callbacks {
  /** The semantics of the interpreter: those of Pyodide 314, or of Pyodide 0.16. */
  api?: Api | undefined;
  /** Folder of the distribution: a URL, or, in Node, a path. By default the script's own folder. */
  indexURL?: string | undefined;
  /** conda channels; the first has priority. By default `<indexURL>channel/`. */
  channels?: string[] | undefined;
  /** conda specs of packages to load before the promise resolves. */
  packages?: string[] | undefined;
  /** Packages to restore first: a result of `pyodide.lock()`, or the address of a file with one. */
  lock?: Lock | string | undefined;
  /** Whether packages are cached for the next visit. By default they are. */
  packageCache?: boolean | undefined;
  /** Size of the cache in bytes, by default a gigabyte. The oldest entries are removed first. */
  packageCacheLimit?: number | undefined;
  /** In Node: folder of the cache, by default one below `$XDG_CACHE_HOME` or `~/.cache`. */
  packageCacheDir?: string | undefined;
  /**
   * Fetch parts of large packages when a program opens them, instead of the whole packages. Works
   * in a worker, and in Node for channels on the disk. The parts are not cached for the next visit.
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
    // Emscripten's name of the module, and the name that packages for Pyodide use.
    scriptGlobals: (Module) => ({ Module, pyodide: { _module: Module } }),
  });
  // The standard library is fetched while the interpreter compiles.
  const mounted = mount(loader, options);
  const [core] = await Promise.all([ready, mounted]);
  startPython(core, options.args ?? [], modeOf(options));
  return new PyodideAPI(core, loader, channels[0] ?? defaultChannel, await store);
}

function modeOf({ api = DEFAULT_API }: PyodideOptions): ApiMode {
  if (api === "0.16") return {};
  if (api === "314") return { today: true, nullIsNone: false, toStringIsRepr: false };
  throw new TypeError(`loadPyodide knows the APIs "314" and "0.16", not ${String(api)}`);
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
