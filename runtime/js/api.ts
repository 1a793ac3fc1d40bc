// What can JavaScript do with a running Python?
//
// The interface is the one that Pyodide 0.16 documents.

import type { Callbacks, Loader, Lock, Store } from "../../loader/src/index.js";
import type { Core, InterruptBuffer, PyProxy } from "./core.js";

/** Called with a line about progress, or with a warning. */
export type MessageFunction = (message: string) => void;

/** The cache of packages for the next visit. It is empty if the browser forbids storage. */
export class PackageCache {
  readonly #store: Store | null;

  /** @internal */
  constructor(store: Store | null) {
    this.#store = store;
  }

  /** Resolves to the number of bytes, once every package loaded so far is in the cache. */
  async size(): Promise<number> {
    return (await this.#store?.size()) ?? 0;
  }

  /** Empty the cache. */
  async clear(): Promise<void> {
    await this.#store?.clear();
  }

  /** Ask the browser to keep the cache when storage gets scarce. Resolves to whether it agrees. */
  async persist(): Promise<boolean> {
    if (this.#store === null) return false;
    return globalThis.navigator?.storage ? navigator.storage.persist() : true;
  }
}

export class PyodideAPI {
  readonly #core: Core;
  readonly #loader: Loader;
  readonly #defaultChannel: string;
  readonly #python: {
    run: PyProxy;
    run_async: PyProxy;
    imports: PyProxy;
    lookup: PyProxy;
    version: PyProxy;
  };
  readonly #globals: PyProxy;

  /** The cache of packages for the next visit. */
  readonly packageCache: PackageCache;

  /** @internal */
  constructor(core: Core, loader: Loader, defaultChannel: string, store: Store | null) {
    this.packageCache = new PackageCache(store);
    this.#core = core;
    this.#loader = loader;
    this.#defaultChannel = defaultChannel;
    const runtime = core.importModule("pyodide._runtime");
    runtime.loader = loader;
    const { run, run_async, imports, lookup, version, global_names } = runtime;
    this.#python = { run, run_async, imports, lookup, version };
    this.#globals = global_names;
    // A program may detach methods: `const { runPython } = pyodide`.
    for (const name of Object.getOwnPropertyNames(PyodideAPI.prototype)) {
      const { value } = Object.getOwnPropertyDescriptor(PyodideAPI.prototype, name) ?? {};
      if (typeof value === "function" && name !== "constructor") {
        Object.defineProperty(this, name, { value: value.bind(this), writable: true });
      }
    }
  }

  /** The global Python namespace. Its attributes are the variables. */
  get globals(): PyProxy {
    return this.#globals;
  }

  /** Emscripten's file system (the File System API of its documentation). */
  get FS(): Core["FS"] {
    return this.#core.FS;
  }

  /** Loaded packages: name -> "default channel", or the URL of the package's channel. */
  get loadedPackages(): Record<string, string> {
    return Object.fromEntries(
      Array.from(this.#loader.loaded, ([name, { channel }]) => [
        name,
        channel === this.#defaultChannel ? "default channel" : channel,
      ]),
    );
  }

  /**
   * Run Python code.
   *
   * @param code Python source
   * @returns the value of the last statement if it is an expression, converted
   * @throws PythonError for what Python raises
   */
  runPython(code: string): unknown {
    requireString(code, "runPython");
    return this.#python.run(code);
  }

  /**
   * Load the packages that the code imports, then run the code. It may use `await` outside
   * functions.
   *
   * @returns what `runPython` returns; rejects with what it throws, or with a LoaderError
   */
  async runPythonAsync(
    code: string,
    messageCallback?: MessageFunction | Callbacks,
    errorCallback?: MessageFunction,
  ): Promise<unknown> {
    requireString(code, "runPythonAsync");
    await this.loadPackagesFromImports(code, messageCallback, errorCallback);
    return this.#python.run_async(code);
  }

  /** Load the packages that the code imports, as `runPythonAsync` does before it runs the code. */
  async loadPackagesFromImports(
    code: string,
    messageCallback?: MessageFunction | Callbacks,
    errorCallback?: MessageFunction,
  ): Promise<void> {
    requireString(code, "loadPackagesFromImports");
    const modules: string[] = this.#python.imports(code);
    if (modules.length > 0) {
      const packages = await this.#loader.packagesFor(modules);
      await this.#loader.load(packages, callbacksOf(messageCallback, errorCallback));
    }
  }

  /**
   * Load packages and their dependencies over the network, so that they can be imported.
   *
   * @param names one or more conda specs, such as "numpy" or "numpy >=2"
   * @param messageCallback a function, or an object with any of messageCallback, errorCallback,
   *   onProgress and signal
   * @returns a promise. It rejects with a LoaderError or with the signal's reason; then this call
   *   has loaded no package.
   */
  async loadPackage(
    names: string | string[],
    messageCallback?: MessageFunction | Callbacks,
    errorCallback?: MessageFunction,
  ): Promise<void> {
    const specs = typeof names === "string" ? [names] : Array.from(names);
    for (const spec of specs) {
      requireString(spec, "loadPackage");
    }
    this.#core.checkAlive();
    await this.#loader.load(specs, callbacksOf(messageCallback, errorCallback));
  }

  /**
   * The lock of the loaded packages. `loadPyodide({ lock })` loads the same files again. The lock
   * lacks wheels that micropip has installed.
   *
   * @throws LoaderError if a package comes from an address instead of a channel
   */
  lock(): Lock {
    return this.#loader.lock();
  }

  /**
   * Get a variable of the global Python namespace, converted.
   *
   * @throws PythonError (NameError) if there is no variable of that name
   */
  pyimport(name: string): unknown {
    requireString(name, "pyimport");
    return this.#python.lookup(name);
  }

  /** The result of Python's `repr` for an object. */
  repr(object: unknown): string {
    return this.#python.lookup("repr")(object);
  }

  /**
   * Let another thread interrupt Python. It does so by writing a signal number, 2 for
   * KeyboardInterrupt, into the first element.
   *
   * @param buffer an array of integers, usually over a SharedArrayBuffer; undefined for none
   * @throws TypeError for any other value
   */
  setInterruptBuffer(buffer?: InterruptBuffer): void {
    this.#core.checkAlive();
    if (buffer !== undefined && !isInterruptBuffer(buffer)) {
      throw new TypeError(
        "setInterruptBuffer needs a typed array of integers with at least one element, over a " +
          "SharedArrayBuffer, or undefined",
      );
    }
    this.#core.setInterruptBuffer(buffer);
  }

  /** The version of this distribution. */
  version(): string {
    return this.#python.version();
  }
}

function isInterruptBuffer(value: unknown): boolean {
  const kinds = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array];
  return kinds.some((kind) => value instanceof kind && value.length > 0);
}

function requireString(value: unknown, name: string): void {
  if (typeof value !== "string") {
    throw new TypeError(`${name} needs a string, not ${value === null ? "null" : typeof value}`);
  }
}

/** Callbacks from two functions, or from an object with members of `Callbacks`. */
function callbacksOf(
  first: MessageFunction | Callbacks | undefined,
  errorCallback: MessageFunction | undefined,
): Callbacks {
  if (typeof first === "object" && first !== null) return first;
  return { messageCallback: first, errorCallback };
}
