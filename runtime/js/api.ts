// What can JavaScript do with a running Python?
//
// The interface is the one that Pyodide 0.16 documents.

import type { Callbacks, Loader, Lock, Store } from "../../loader/src/index.js";
import type { Core, InterruptBuffer, PyProxy } from "./core.js";

/** Receives a line about progress, or a warning. */
export type MessageFunction = (message: string) => void;

/** The packages that are kept for the next visit; nothing where the browser allows nothing. */
export class PackageCache {
  readonly #store: Store | null;

  /** @internal */
  constructor(store: Store | null) {
    this.#store = store;
  }

  /** Resolves to the number of bytes, when all is kept that was loaded so far. */
  async size(): Promise<number> {
    return (await this.#store?.size()) ?? 0;
  }

  /** Forget everything. */
  async clear(): Promise<void> {
    await this.#store?.clear();
  }

  /** Ask the browser not to drop it when room gets scarce; resolves to whether it agrees. */
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

  /** What is kept of packages for the next visit. */
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
    // A program may take methods off the object: `const { runPython } = pyodide`.
    for (const name of Object.getOwnPropertyNames(PyodideAPI.prototype)) {
      const { value } = Object.getOwnPropertyDescriptor(PyodideAPI.prototype, name) ?? {};
      if (typeof value === "function" && name !== "constructor") {
        Object.defineProperty(this, name, { value: value.bind(this), writable: true });
      }
    }
  }

  /** The global Python namespace: its attributes are the variables. */
  get globals(): PyProxy {
    return this.#globals;
  }

  /** Emscripten's file system, as its documentation describes it. */
  get FS(): Core["FS"] {
    return this.#core.FS;
  }

  /** Loaded packages: name -> "default channel", or the URL of the channel that it came from. */
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
   * Load the packages that the code imports, then run it. The code may use `await` outside functions.
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
   * Load packages over the network, with all that they need; then they can be imported.
   *
   * @param names one or more conda specs, such as "numpy" or "numpy >=2"
   * @param messageCallback or an object with any of messageCallback, errorCallback, onProgress, signal
   * @returns a promise that rejects with a LoaderError, or with the signal's reason; then nothing of
   *   this call was loaded
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
   * The lock of the packages that are loaded, for `loadPyodide({ lock })`: the very same files again.
   * What micropip has installed is not in it.
   *
   * @throws LoaderError if a package comes from an address instead of a channel
   */
  lock(): Lock {
    return this.#loader.lock();
  }

  /**
   * Get a variable of the global Python namespace, converted.
   *
   * @throws PythonError (NameError) if there is none of that name
   */
  pyimport(name: string): unknown {
    requireString(name, "pyimport");
    return this.#python.lookup(name);
  }

  /** What Python's `repr` says of an object. */
  repr(object: unknown): string {
    return this.#python.lookup("repr")(object);
  }

  /**
   * Let another thread interrupt Python: it writes a signal number (2 for KeyboardInterrupt) into the
   * first element.
   *
   * @param buffer an array of integers, usually over a SharedArrayBuffer; undefined to watch none
   * @throws TypeError for anything else
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

/** Two functions, or an object with any of what `Callbacks` has. */
function callbacksOf(
  first: MessageFunction | Callbacks | undefined,
  errorCallback: MessageFunction | undefined,
): Callbacks {
  if (typeof first === "object" && first !== null) return first;
  return { messageCallback: first, errorCallback };
}
