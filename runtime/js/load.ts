// How do interpreter, standard library and interface start?

import {
  fetchSnapshot,
  Loader,
  LoaderError,
  type Lock,
  openRanges,
  openReads,
  openStore,
  type Ranges,
  reason,
} from "../../loader/src/index.js";
import { PyodideAPI } from "./api.js";
import { PyodideAPI16 } from "./api16.js";
import { AutoSnapshot, type Site } from "./auto-snapshot.js";
import { type Core, instantiate, startPython } from "./core.js";
import { type Locked, readLockfile } from "./lockfile.js";
import { checkOptions, modeOf, type PyodideOptions } from "./options.js";
import { want } from "./packages.js";
import { absoluteURL, cacheFolder, canCompileAtImport, fetchBytes, folderURL } from "./platform.js";
import { connect, restore, startsWithout } from "./snapshot.js";
import {
  readSnapshot,
  type Snapshot,
  SnapshotError,
  type SnapshotHead,
  unusable,
} from "./snapshot-file.js";
import { startHandlers } from "./stream-options.js";
import { Streams } from "./streams.js";
import { version } from "./version.js";

/**
 * Start a Python interpreter.
 *
 * @param scriptFolder the folder of the script: a URL, or, in Node, a path; "" if it is not known
 * @returns the interface, ready to run code
 * @throws LoaderError for a package or the standard library; SnapshotError for the snapshot; Error if
 *   the interpreter cannot start
 */
export async function start(
  options: PyodideOptions,
  scriptFolder: string,
): Promise<PyodideAPI | PyodideAPI16> {
  checkOptions(options);
  if (options.indexURL === undefined && scriptFolder === "") {
    throw new Error(
      "loadPyodide needs the option indexURL, the folder of the distribution: the bundler has " +
        "removed the address of the script.",
    );
  }
  const indexURL = await folderURL(options.indexURL ?? scriptFolder);
  const channels = await Promise.all(options.channels?.map(folderURL) ?? [`${indexURL}channel/`]);
  const store = options.packageCache === false ? null : openCache(options);
  const site = { indexURL, channels, store };
  let why = startsWithout(options, modeOf(options).today ?? false);
  const isAuto = options.snapshot === "auto";
  if (isAuto && why === undefined) return startAuto(options, site);
  if (options.snapshot === undefined || isAuto) return (await launch(options, site)).api;
  const snapshot = openSnapshot(options, site);
  try {
    if (why === undefined) return (await launch(options, site, snapshot)).api;
  } catch (error) {
    const isOfSnapshot = error instanceof SnapshotError || error instanceof LoaderError;
    if (!options.snapshotFallback || !isOfSnapshot) throw error;
    why = reason(error);
  }
  (options.errorCallback ?? console.warn)(`Python starts without the snapshot. ${why}`);
  const specs = await snapshot.then(({ head }) => head.lock.specs).catch(() => []);
  const packages = [...specs, ...(options.packages ?? [])];
  return (await launch({ ...options, packages }, site)).api;
}

/** Start with the snapshot that the browser has made, or have it make one. */
async function startAuto(options: PyodideOptions, site: Site): Promise<PyodideAPI | PyodideAPI16> {
  const auto = new AutoSnapshot(options, site);
  const snapshot = await auto.find();
  try {
    if (snapshot) return (await launch(options, site, Promise.resolve(snapshot))).api;
  } catch {
    await auto.forget(); // of another build of the site, or of other packages
  }
  const { api, core, loader } = await launch(options, site);
  auto.schedule(core, loader);
  return api;
}

async function openSnapshot(
  { snapshot, snapshotIntegrity }: PyodideOptions,
  { channels, store }: Site,
): Promise<Snapshot> {
  if (typeof snapshot !== "string") {
    const bytes = new Uint8Array((await snapshot) as Uint8Array<ArrayBuffer>);
    return readSnapshot(bytes, snapshotIntegrity);
  }
  const isName = !/[/.]/.test(snapshot);
  // The file of a channel is verified.
  const bytes = await (isName
    ? fetchSnapshot(snapshot, channels, { store })
    : fetchBytes(await absoluteURL(snapshot))
  ).catch((error) => {
    throw unusable(reason(error), error);
  });
  return readSnapshot(bytes, snapshotIntegrity, isName);
}

/** Start an interpreter, or restore that of a snapshot. */
async function launch(
  options: PyodideOptions,
  { indexURL, channels, store }: Site,
  snapshot?: Promise<Snapshot>,
): Promise<{ api: PyodideAPI | PyodideAPI16; core: Core; loader: Loader }> {
  const mode = modeOf(options);
  const today = mode.today ?? false;
  const ready = instantiate(indexURL, options.env, options.createPyodideModule);
  // Packages are mounted after the core's own files: a snapshot has the numbers of files.
  const FS = ready.then((core) => core.FS);
  FS.catch(() => {}); // as for `ready`
  if (snapshot) ready.then((core) => core.holdLibraries()).catch(() => {});
  const loader = new Loader({
    FS,
    channels,
    fetch: { store },
    ranges: options.ranges ? openRanges() : null,
    reads: openReads().then((reads) => reads && attached(reads, ready)),
    registerLibrary: (path, module) => ready.then((core) => core.registerLibrary(path, module)),
    importSolver: () => importScript(indexURL, "solver.mjs"),
    importAddressPackage: () => importScript(indexURL, "address-package.mjs"),
    // Emscripten's name of the module, and the name that packages for Pyodide use.
    scriptGlobals: (Module) => ({ Module, pyodide: { _module: Module } }),
  });
  // The standard library is fetched while the interpreter compiles.
  const locked = today ? readLockfile(options, indexURL) : null;
  const mounted = mount(loader, options, locked, snapshot);
  const [core, image] = await Promise.all([ready, snapshot, mounted]);
  const streams = new Streams(core, startHandlers(options, today));
  if (today) await prepare(core, options);
  if (image) await restore(core, loader, image, options, mode);
  else startPython(core, options, mode);

  const parts = {
    ...{ core, loader, streams, executable: options._sysExecutable },
    defaultChannel: channels[0] ?? `${indexURL}channel/`,
    store: await store,
  };
  // Its imports follow at once, and the packages of today's API are mounted already.
  if (options.packages?.length) loader.stream();
  if (locked === null) {
    const api = new PyodideAPI16(parts);
    if (image) connect(core, api);
    loader.stream();
    return { api, core, loader };
  }
  const config = { ...options, indexURL };
  const api = new PyodideAPI({ ...parts, config, locked: await locked });
  if (image) connect(core, api);
  checkVersion(api, options);
  // The other packages are loaded, and their progress is reported; wheels need Python.
  const quiet = { ...options, messageCallback: undefined, onProgress: undefined };
  await api.loadPackage(options.packages ?? [], quiet);
  loader.stream();
  return { api, core, loader };
}

/**
 * Reads during which JavaScript can call Python, which releases the GIL to read a file: Firefox runs
 * other tasks, such as a step of Python's event loop, while a page waits for a synchronous request.
 */
function attached(reads: Ranges, ready: Promise<Core>): Ranges {
  let core: Core | undefined;
  ready.then((started) => (core = started)).catch(() => {});
  return {
    ...reads,
    read(url, start, size) {
      const read = () => reads.read(url, start, size);
      return core ? core.withInterpreter(read) : read();
    },
  };
}

function importScript(indexURL: string, name: string) {
  return import(indexURL + name);
}

async function mount(
  loader: Loader,
  options: PyodideOptions,
  promise: Promise<Locked> | null,
  snapshot: Promise<Snapshot> | undefined,
): Promise<void> {
  const { packages = [] } = options;
  const locked = await promise;
  const head = (await snapshot)?.head;
  const own = head?.lock;
  if (own && options.snapshot === "auto" && !(await loader.isCurrent(own))) {
    throw unusable("the channel has other packages now");
  }
  const lock: Lock | string | undefined = own ?? options.lock ?? locked?.lock;
  if (lock !== undefined) {
    const isURL = typeof lock === "string";
    const compiles = head && canCompileAtImport() ? isLibraryOf(head) : undefined;
    await loader.restore(isURL ? await absoluteURL(lock) : lock, { ...options, compiles });
  }
  // Side modules of the standard library are in late parts: the load waits for the often needed.
  if (head?.state.libraries.some(({ path }) => path.includes("/lib-dynload/"))) loader.stream();
  const specs = locked ? (await want(packages, locked)).specs : packages;
  await loader.load(["python", ...specs], options);
}

/** The start needs the side modules that the snapshot has; imports compile the others. */
function isLibraryOf({ state }: SnapshotHead): (path: string) => boolean {
  const paths = new Set(state.libraries.map(({ path }) => path));
  return (path) => paths.has(`/${path}`);
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
