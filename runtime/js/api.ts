// What can JavaScript do with a running Python?
//
// The interface is the one that Pyodide 314 documents, with some members of this distribution.

import { InterpreterAPI, type Parts, requireString } from "./base.js";
import type { Core, Value } from "./core.js";
import { type FFI, ffiOf, type PyProxy } from "./ffi.js";
import type { Locked, Lockfile } from "./lockfile.js";
import { checkMountPoint, mountNative, type NativeFS } from "./native-fs.js";
import { type LoadOptions, namesIn, type PackageData, Packages } from "./packages.js";
import { isNode } from "./platform.js";
import { type PrivateAPI, privateAPI, privateModule } from "./private-api.js";
import { type OutputOptions, readerOf, type StdinOptions, writerOf } from "./stream-options.js";
import type { Streams } from "./streams.js";
import { distributionVersion, version } from "./version.js";

/** How code runs. */
export interface RunOptions {
  /** A dict of the global variables; by default `pyodide.globals`. */
  globals?: PyProxy | undefined;
  /** A mapping of the local variables; by default the global ones. */
  locals?: PyProxy | undefined;
  /** The name of the code in tracebacks, which show its lines unless it is `<name>`. */
  filename?: string | undefined;
  /** Whether common indentation is removed; by default it is. */
  dedent?: boolean | undefined;
}

/** The canvas of the Emscripten module. Both kinds are the same element. */
export interface CanvasAPI {
  setCanvas2D(canvas: HTMLCanvasElement): void;
  getCanvas2D(): HTMLCanvasElement | undefined;
  setCanvas3D(canvas: HTMLCanvasElement): void;
  getCanvas3D(): HTMLCanvasElement | undefined;
}

/** The parts of an interpreter with today's API. */
export interface TodayParts extends Parts {
  streams: Streams;
  locked: Locked;
  /** For `_api.config`. */
  config: object & { indexURL: string };
}

export class PyodideAPI extends InterpreterAPI {
  readonly #core: Core;
  readonly #packages: Packages;
  readonly #locked: Locked;
  readonly #streams: Streams;
  /** The functions of runtime/py/pyodide/_today.py. */
  readonly #python: Record<string, Value>;
  #package: Value;

  /** The version of the API, which programs compare: that of Pyodide. */
  readonly version = version;
  /** The version of this distribution. */
  readonly distributionVersion = distributionVersion;
  /** The global variables: a PyProxy of a dict, whose `get` and `has` also find builtins. */
  readonly globals: PyProxy;
  /** Name of a package -> "default channel", or a URL. micropip adds the packages it installs. */
  readonly loadedPackages: Record<string, string>;
  /** The classes of PyProxies and of errors, for `instanceof`. */
  readonly ffi: FFI;
  /** The canvas for programs that draw with Emscripten's functions. */
  readonly canvas: CanvasAPI;
  /** @internal What front ends use beside the documented interface. */
  readonly _api: PrivateAPI;
  /** @internal Emscripten's module. */
  readonly _module: Core;

  /** @internal */
  constructor(parts: TodayParts & { executable: string | undefined }) {
    super(parts);
    const { core, loader, locked, streams, config, executable } = parts;
    const today = core.importModule("pyodide._today");
    this.#core = core;
    this.#locked = locked;
    this.#streams = streams;
    // Each read of an attribute makes a proxy.
    this.#python = Object.fromEntries(FUNCTIONS.map((name) => [name, today[name]]));
    const python = { install_wheel: today.install_wheel };
    this.#packages = new Packages(core, loader, parts.defaultChannel, locked, python);
    this.loadedPackages = this.#packages.loadedPackages;
    this.globals = withBuiltins(today.global_names, today.builtin_names);
    this.ffi = ffiOf(core);
    this.canvas = canvasOf(core);
    this._module = privateModule(core);
    const versions: string = today.start(this, loader, executable);
    const [apiVersion = "", pythonVersion = ""] = versions.split(" ");
    this._api = privateAPI({ core, api: this, locked, config, python, apiVersion, pythonVersion });
    core.API = this._api;
  }

  /** Emscripten's functions for paths. */
  get PATH(): Core["PATH"] & Record<string, Value> {
    return this.#core.PATH;
  }

  /** The numbers of system errors, by their names. */
  get ERRNO_CODES(): Record<string, number> {
    return this.#core.ERRNO_CODES;
  }

  /** Python's package `pyodide`. */
  get pyodide_py(): PyProxy {
    this.#package ??= this.#core.importModule("pyodide");
    return this.#package;
  }

  /** The lock file, whose packages `loadPackage` knows. */
  get lockfile(): Lockfile {
    return this.#locked.lockfile;
  }

  /** The base of relative file names in the lock file. */
  get lockfileBaseUrl(): string | undefined {
    return this.#locked.base;
  }

  /**
   * Run Python code.
   *
   * @param code Python source
   * @returns the value of the last statement, if that is an expression and the code does not end
   *   with a semicolon
   * @throws PythonError for what Python raises
   */
  runPython(code: string, options: RunOptions = {}): Value {
    requireString(code, "runPython");
    const { globals, locals, filename, dedent } = options;
    return this.#python.run(code, globals, locals, filename, dedent);
  }

  /**
   * Run Python code that may use `await` outside functions, and functions that wait (`run_sync`,
   * `time.sleep`). It loads no packages.
   *
   * @returns what `runPython` returns; rejects with what it throws
   */
  async runPythonAsync(code: string, options: RunOptions = {}): Promise<Value> {
    requireString(code, "runPythonAsync");
    const { globals, locals, filename, dedent } = options;
    const values = [code, globals, locals, filename, dedent];
    return this.#core.callAsync(this.#python.run_async, values);
  }

  /**
   * Load packages, so that they can be imported: conda packages with their dependencies, and wheels
   * without.
   *
   * @param names one or more conda specs such as "numpy >=2", URLs of wheels, or URLs of conda
   *   packages; a PyProxy of a list is destroyed
   * @returns the packages that this call has loaded
   * @throws LoaderError for a conda package; then this call has loaded none. Error for a wheel
   */
  async loadPackage(
    names: string | string[] | PyProxy,
    options?: LoadOptions,
  ): Promise<PackageData[]> {
    return this.#packages.load(namesIn(names), options);
  }

  /**
   * Load the packages whose modules the code imports. Code that is not valid loads nothing.
   *
   * @returns the packages that this call has loaded
   * @throws LoaderError; then this call has loaded no package
   */
  async loadPackagesFromImports(code: string, options?: LoadOptions): Promise<PackageData[]> {
    requireString(code, "loadPackagesFromImports");
    const modules = namesIn(this.#python.imports(code));
    return this.#packages.loadFor(modules, options);
  }

  /**
   * Import a module, or a name in a module such as "math.comb".
   *
   * @throws PythonError (ModuleNotFoundError) if there is none
   */
  pyimport(name: string): Value {
    requireString(name, "pyimport");
    return this.#python.import_name(name);
  }

  /**
   * Convert a JavaScript object to Python's containers. What has no counterpart, is immutable, or
   * is a PyProxy, is returned itself.
   *
   * @param options `depth`: of containers that are converted, by default all; `defaultConverter`:
   *   called with an object that has no counterpart, a function that converts, and a function that
   *   notes the result for an object, before the result's parts are converted
   */
  toPy(
    value: unknown,
    options: { depth?: number | undefined; defaultConverter?: unknown } = {},
  ): Value {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isObject || this._api.isPyProxy(value)) return value;
    return this.#python.to_python(value, options.depth ?? -1, options.defaultConverter);
  }

  /**
   * Make a JavaScript object a module of Python, whose attributes that are objects are submodules.
   *
   * @throws PythonError (TypeError) for a name that is no string or a module that is no object
   */
  registerJsModule(name: string, module: object): void {
    this.#python.register_js_module(name, module);
  }

  /** @throws PythonError (ValueError) if no module of that name is registered */
  unregisterJsModule(name: string): void {
    this.#python.unregister_js_module(name);
  }

  /**
   * Unpack an archive.
   *
   * @param format one that Python's `shutil` knows, "wheel", or an extension such as "tgz"
   * @param options `extractDir`: the folder, by default the current one
   * @throws TypeError if `buffer` is no buffer; PythonError for the archive
   */
  unpackArchive(
    buffer: ArrayBuffer | ArrayBufferView,
    format: string,
    options: { extractDir?: string | undefined } = {},
  ): void {
    const isBuffer = Object.prototype.toString.call(buffer) === "[object ArrayBuffer]";
    if (!ArrayBuffer.isView(buffer) && !isBuffer) {
      throw new TypeError("Expected argument 'buffer' to be an ArrayBuffer or an ArrayBuffer view");
    }
    this.#python.unpack_archive(buffer, format, options.extractDir);
  }

  /**
   * Mount a folder of the device, or of the browser's private file system.
   *
   * @param path of an empty folder; made if it does not exist
   * @returns `syncfs`, which writes the changes of Python back
   * @throws TypeError if the handle is none of a folder; Error for the path
   */
  mountNativeFS(path: string, fileSystemHandle: FileSystemDirectoryHandle): Promise<NativeFS> {
    return mountNative(this.#core, path, fileSystemHandle);
  }

  /**
   * Mount a folder of the machine. Works only in Node.
   *
   * @param path of an empty folder; made if it does not exist
   * @throws Error for one of the paths, or in a browser
   */
  mountNodeFS(path: string, hostPath: string): void {
    if (!isNode) throw new Error("mountNodeFS only works in Node");
    checkMountPoint(this.#core, path);
    const stat = process.getBuiltinModule("node:fs").lstatSync(hostPath, { throwIfNoEntry: false });
    if (!stat) throw new Error(`hostPath '${hostPath}' does not exist`);
    if (!stat.isDirectory()) throw new Error(`hostPath '${hostPath}' is not a directory`);
    this.#core.FS.mount(this.#core.FS.filesystems.NODEFS as object, { root: hostPath }, path);
  }

  /** Let Python tell proxies of the library Comlink from other objects. */
  registerComlink(Comlink: { createEndpoint: symbol }): void {
    this._api._Comlink = Comlink;
    this.#core.apiMode.comlink = Comlink.createEndpoint;
  }

  /**
   * Handle a signal that was written to the interrupt buffer, as Python does while it runs.
   *
   * @throws PythonError (KeyboardInterrupt) for the signal 2, unless Python has another handler; in
   *   a function that handles a stream, an `FS.ErrnoError`, after which Python raises it
   */
  checkInterrupt(): void {
    this.#core.checkInterrupt(this.#streams.isHandling);
  }

  /**
   * Make errors for the use of destroyed proxies say more, at a cost.
   *
   * @returns the value before
   */
  setDebug(debug: boolean): boolean {
    const old = this._api.debug_ffi;
    this._api.debug_ffi = this.#core.apiMode.debug = Boolean(debug);
    return old;
  }

  /**
   * Set what Python reads as standard input; without options, the platform's.
   *
   * @throws TypeError for options that exclude each other
   */
  setStdin(options: StdinOptions = {}): void {
    const { FS, ERRNO_CODES } = this.#core;
    this.#streams.set(
      0,
      readerOf(options, () => new FS.ErrnoError(ERRNO_CODES.EIO as number)),
    );
  }

  /**
   * Set what gets Python's standard output; without options, the platform's.
   *
   * @throws TypeError for options that exclude each other
   */
  setStdout(options: OutputOptions = {}): void {
    this.#streams.set(1, writerOf(options, "stdout"));
  }

  /** As `setStdout`, for standard error. */
  setStderr(options: OutputOptions = {}): void {
    this.#streams.set(2, writerOf(options, "stderr"));
  }

  /** @throws Error: this distribution has no sockets of Node */
  useNodeSockFS(): never {
    throw unsupported("useNodeSockFS", "sockets of Node");
  }

  /** @throws Error: the function of this distribution is `snapshot` */
  makeMemorySnapshot(): never {
    throw unsupported("makeMemorySnapshot", "snapshots of Pyodide: use pyodide.snapshot()");
  }
}

const FUNCTIONS = [
  "run",
  "run_async",
  "imports",
  "import_name",
  "to_python",
  "register_js_module",
  "unregister_js_module",
  "unpack_archive",
];

function unsupported(name: string, what: string): Error {
  return new Error(`pyodide.${name} does not work: this distribution has no ${what}`);
}

/** A proxy of a dict, whose `get` and `has` continue in another dict. */
function withBuiltins(globals: Value, builtins: Value): Value {
  const members: Record<PropertyKey, unknown> = {
    get: (key: unknown) => globals.get(key) ?? builtins.get(key),
    has: (key: unknown) => globals.has(key) || builtins.has(key),
  };
  return new Proxy(globals, {
    get: (target, name) =>
      Object.hasOwn(members, name) ? members[name] : Reflect.get(target, name),
  });
}

function canvasOf(core: Core): CanvasAPI {
  const set = (canvas: HTMLCanvasElement) => {
    core.canvas = canvas;
  };
  const get = () => core.canvas;
  return { setCanvas2D: set, getCanvas2D: get, setCanvas3D: set, getCanvas3D: get };
}
