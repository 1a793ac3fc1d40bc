// Which options does loadPyodide have?
//
// They are those of Pyodide 314, which has documented them, and options of this distribution for
// its channels. docs/reference describes both.

import type { Callbacks, Lock } from "../../loader/src/index.js";
import type { ApiMode, Core, CoreOptions, CreateModule } from "./core.js";
import type { LockfileOptions } from "./lockfile.js";
import type { StreamOptions } from "./stream-options.js";

/** A version of Pyodide's JavaScript API. */
export type Api = "0.16" | "314";

const DEFAULT_API: Api = "314";

export interface PyodideOptions extends CoreOptions, StreamOptions, LockfileOptions, Callbacks {
  /** The semantics of the interpreter: those of Pyodide 314, or of Pyodide 0.16. */
  api?: Api | undefined;
  /** Folder of the distribution: a URL, or, in Node, a path. By default the script's own folder. */
  indexURL?: string | undefined;
  /** conda channels; the first has priority. By default `<indexURL>channel/`. */
  channels?: string[] | undefined;
  /** conda specs, or URLs of wheels, to load before the promise resolves. */
  packages?: string[] | undefined;
  /** Packages to restore first: a result of `pyodide.lock()`, or the address of a file with one. */
  lock?: Lock | string | undefined;
  /**
   * Start with a snapshot: its name in a channel, its address, which has a "/" or a ".", or its bytes
   * (`pyodide.snapshot()`). With "auto", the browser makes a snapshot after the first start, and
   * starts with it the next time. The packages of the snapshot are loaded. `lock` and `stdLibURL` do not go with it. With variables of `env` that
   * configure Python (PYTHON…), Python starts as without a snapshot.
   */
  snapshot?: string | ArrayBuffer | Uint8Array | Promise<ArrayBuffer | Uint8Array> | undefined;
  /** The digest of the snapshot's file, as in an HTML element: "sha256-" and Base64. */
  snapshotIntegrity?: string | undefined;
  /** Start without the snapshot if it cannot be used, and say so to `errorCallback`. */
  snapshotFallback?: boolean | undefined;
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

  /** Address of a zip file with modules that Python finds before those of its standard library. */
  stdLibURL?: string | undefined;
  /** Python's module `js`; by default `globalThis`. */
  jsglobals?: object | undefined;
  /** Called before Python starts. site-packages exists. */
  fsInit?: ((FS: Core["FS"], info: { sitePackages: string }) => void | Promise<void>) | undefined;
  /** Whether a PyProxy's `toString` gives Python's `repr`, and not `str`. */
  pyproxyToStringRepr?: boolean | undefined;
  /** Whether JavaScript's null becomes None, and not `jsnull`. */
  convertNullToNone?: boolean | undefined;
  /** Whether `toJs` makes a LiteralMap of a dict, and not an object. */
  toJsLiteralMap?: boolean | undefined;
  /** Whether a distribution of another version at `indexURL` is an error. By default it is. */
  checkAPIVersion?: boolean | undefined;
  /** Python's `sys.executable`. */
  _sysExecutable?: string | undefined;
  /** The default export of pyodide.asm.mjs, for places that forbid `import()`. */
  createPyodideModule?: CreateModule | undefined;
}

const KNOWN: Record<keyof PyodideOptions, true> = {
  api: true,
  indexURL: true,
  channels: true,
  packages: true,
  lock: true,
  snapshot: true,
  snapshotIntegrity: true,
  snapshotFallback: true,
  packageCache: true,
  packageCacheLimit: true,
  packageCacheDir: true,
  ranges: true,
  lockFileURL: true,
  lockFileContents: true,
  packageBaseUrl: true,
  stdLibURL: true,
  jsglobals: true,
  fsInit: true,
  pyproxyToStringRepr: true,
  convertNullToNone: true,
  toJsLiteralMap: true,
  checkAPIVersion: true,
  _sysExecutable: true,
  createPyodideModule: true,
  stdin: true,
  stdout: true,
  stderr: true,
  terminal: true,
  env: true,
  args: true,
  messageCallback: true,
  errorCallback: true,
  onProgress: true,
  signal: true,
};

/**
 * Options of Pyodide without an effect here: all of the standard library is in the channel, no
 * browser function blocks yet, and the packages come from channels, not from a CDN.
 */
const WITHOUT_EFFECT = ["fullStdLib", "enableRunUntilComplete", "BUILD_ID", "cdnUrl"];

/** Options of Pyodide that are refused, because a program cannot go on without their effect. */
const REFUSED = ["_loadSnapshot", "_makeSnapshot", "_snapshotDeserializer"];

const warned = new Set<string>();

/**
 * Check the names of options, and warn once of each unknown one.
 *
 * @throws Error for options that cannot be honoured; TypeError for options that exclude each other
 */
export function checkOptions(options: PyodideOptions): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(KNOWN, name) || WITHOUT_EFFECT.includes(name) || warned.has(name)) continue;
    if (REFUSED.includes(name)) {
      throw new Error(
        `loadPyodide cannot honour ${name}: snapshots of this distribution are of another kind. Use ` +
          "the option snapshot.",
      );
    }
    warned.add(name);
    console.warn(`loadPyodide ignores the unknown option ${name}`);
  }
  if (options.lockFileContents && options.lockFileURL) {
    throw new Error("Can't pass both lockFileContents and lockFileURL");
  }
  const excluded = (["lock", "stdLibURL"] as const).find((name) => options[name] !== undefined);
  if (options.snapshot !== undefined && excluded) {
    throw new TypeError(
      `loadPyodide cannot have both snapshot and ${excluded}: a snapshot has its own packages.`,
    );
  }
}

/**
 * The mode of the interpreter's bridge.
 *
 * @throws TypeError for an unknown API
 */
export function modeOf(options: PyodideOptions): ApiMode {
  const globals = options.jsglobals ?? globalThis;
  const api = options.api ?? DEFAULT_API;
  if (api === "0.16") return { globals };
  if (api !== "314") {
    throw new TypeError(`loadPyodide knows the APIs "314" and "0.16", not ${String(api)}`);
  }
  return {
    today: true,
    nullIsNone: options.convertNullToNone ?? false,
    toStringIsRepr: options.pyproxyToStringRepr ?? false,
    dictIsLiteralMap: options.toJsLiteralMap ?? false,
    globals,
  };
}
