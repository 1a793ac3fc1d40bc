// What can JavaScript do with a running Python?
//
// The interface is the one that Pyodide 0.16 documents.

import type { Loader } from "../../loader/src/index.js";
import type { Core, PyProxy } from "./core.js";

/** Receives a line about progress, or a warning. */
export type MessageFunction = (message: string) => void;

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

  /** @internal */
  constructor(core: Core, loader: Loader, defaultChannel: string) {
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
    messageCallback?: MessageFunction,
    errorCallback?: MessageFunction,
  ): Promise<unknown> {
    requireString(code, "runPythonAsync");
    await this.loadPackagesFromImports(code, messageCallback, errorCallback);
    return this.#python.run_async(code);
  }

  /** Load the packages that the code imports, as `runPythonAsync` does before it runs the code. */
  async loadPackagesFromImports(
    code: string,
    messageCallback?: MessageFunction,
    errorCallback?: MessageFunction,
  ): Promise<void> {
    requireString(code, "loadPackagesFromImports");
    const modules: string[] = this.#python.imports(code);
    if (modules.length > 0) {
      const packages = await this.#loader.packagesFor(modules);
      await this.#loader.load(packages, { messageCallback, errorCallback });
    }
  }

  /**
   * Load packages over the network, with all that they need; then they can be imported.
   *
   * @param names one or more conda specs, such as "numpy" or "numpy >=2"
   * @returns a promise that rejects with a LoaderError; then nothing of this call was loaded
   */
  async loadPackage(
    names: string | string[],
    messageCallback?: MessageFunction,
    errorCallback?: MessageFunction,
  ): Promise<void> {
    const specs = typeof names === "string" ? [names] : Array.from(names);
    for (const spec of specs) {
      requireString(spec, "loadPackage");
    }
    await this.#loader.load(specs, { messageCallback, errorCallback });
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
   * @param buffer an array over a SharedArrayBuffer; undefined to watch none
   */
  setInterruptBuffer(buffer?: Uint8Array | Int32Array): void {
    this.#core.setInterruptBuffer(buffer);
  }

  /** The version of this distribution. */
  version(): string {
    return this.#python.version();
  }
}

function requireString(value: unknown, name: string): void {
  if (typeof value !== "string") {
    throw new TypeError(`${name} needs a string, not ${value === null ? "null" : typeof value}`);
  }
}
