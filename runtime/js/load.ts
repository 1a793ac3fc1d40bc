// How do interpreter, standard library and interface start?

import { Loader, type Lock, openRanges, openStore } from "../../loader/src/index.js";
import { PyodideAPI } from "./api.js";
import { PyodideAPI16 } from "./api16.js";
import { type Core, instantiate, startPython } from "./core.js";
import { type Locked, readLockfile } from "./lockfile.js";
import { checkOptions, modeOf, type PyodideOptions } from "./options.js";
import { want } from "./packages.js";
import { absoluteURL, cacheFolder, fetchBytes, folderURL } from "./platform.js";
import { startHandlers } from "./stream-options.js";
import { Streams } from "./streams.js";
import { version } from "./version.js";

/**
 * Start a Python interpreter.
 *
 * @param scriptFolder the folder of the script: a URL, or, in Node, a path; "" if it is not known
 * @returns the interface, ready to run code
 * @throws LoaderError for a package or the standard library; Error if the interpreter cannot start
 */
export async function start(
  options: PyodideOptions,
  scriptFolder: string,
): Promise<PyodideAPI | PyodideAPI16> {
  checkOptions(options);
  const mode = modeOf(options);
  const today = mode.today ?? false;
  if (options.indexURL === undefined && scriptFolder === "") {
    throw new Error(
      "loadPyodide needs the option indexURL, the folder of the distribution: the bundler has " +
        "removed the address of the script.",
    );
  }
  const indexURL = await folderURL(options.indexURL ?? scriptFolder);
  const defaultChannel = `${indexURL}channel/`;
  const channels = await Promise.all(options.channels?.map(folderURL) ?? [defaultChannel]);

  const { FS, ready } = instantiate(indexURL, options.env, options.createPyodideModule);
  const store = options.packageCache === false ? null : openCache(options);
  const loader = new Loader({
    FS,
    channels,
    fetch: { store },
    ranges: options.ranges ? openRanges() : null,
    registerLibrary: (path, module) => ready.then((core) => core.registerLibrary(path, module)),
    importSolver: () => importScript(indexURL, "solver.mjs"),
    importAddressPackage: () => importScript(indexURL, "address-package.mjs"),
    // Emscripten's name of the module, and the name that packages for Pyodide use.
    scriptGlobals: (Module) => ({ Module, pyodide: { _module: Module } }),
  });
  // The standard library is fetched while the interpreter compiles.
  const locked = today ? readLockfile(options, indexURL) : null;
  const mounted = mount(loader, options, locked);
  const [core] = await Promise.all([ready, mounted]);
  const streams = new Streams(core, startHandlers(options, today));
  if (today) await prepare(core, options);
  startPython(core, options, mode);

  const parts = {
    ...{ core, loader, streams, executable: options._sysExecutable },
    defaultChannel: channels[0] ?? defaultChannel,
    store: await store,
  };
  if (locked === null) return new PyodideAPI16(parts);
  const config = { ...options, indexURL };
  const api = new PyodideAPI({ ...parts, config, locked: await locked });
  checkVersion(api, options);
  // The other packages are loaded, and their progress is reported; wheels need Python.
  const quiet = { ...options, messageCallback: undefined, onProgress: undefined };
  await api.loadPackage(options.packages ?? [], quiet);
  return api;
}

function importScript(indexURL: string, name: string) {
  return import(indexURL + name);
}

async function mount(
  loader: Loader,
  options: PyodideOptions,
  promise: Promise<Locked> | null,
): Promise<void> {
  const { packages = [] } = options;
  const locked = await promise;
  const lock: Lock | string | undefined = options.lock ?? locked?.lock;
  if (lock !== undefined) {
    const isURL = typeof lock === "string";
    await loader.restore(isURL ? await absoluteURL(lock) : lock, options);
  }
  const specs = locked ? (await want(packages, locked)).specs : packages;
  await loader.load(["python", ...specs], options);
}

/** What Pyodide's options change in the file system before Python starts. */
async function prepare({ FS }: Core, { stdLibURL, fsInit }: PyodideOptions): Promise<void> {
  const [library = "python3"] = FS.readdir("/lib").filter((name) => /^python3\.\d+$/.test(name));
  if (stdLibURL !== undefined) {
    const bytes = await fetchBytes(await absoluteURL(stdLibURL));
    FS.writeFile(`/lib/${library.replace(".", "")}.zip`, bytes, { canOwn: true });
  }
  if (fsInit) {
    const sitePackages = `/lib/${library}/site-packages`;
    FS.mkdirTree(sitePackages);
    await fsInit(FS, { sitePackages });
  }
}

function checkVersion(api: PyodideAPI, { checkAPIVersion = true }: PyodideOptions): void {
  const found = api._api.version;
  if (checkAPIVersion && found !== version) {
    throw new Error(
      `Pyodide version does not match: '${version}' <==> '${found}'. Does the option indexURL lead ` +
        "to the distribution of this script?",
    );
  }
}

async function openCache(options: PyodideOptions) {
  const folder = options.packageCacheDir ?? (await cacheFolder());
  const limit = options.packageCacheLimit;
  return openStore({ ...(folder && { folder }), ...(limit !== undefined && { limit }) });
}
