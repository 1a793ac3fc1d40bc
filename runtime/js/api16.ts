// What can JavaScript do with a running Python, in the API of Pyodide 0.16?

import type { Callbacks, Loader } from "../../loader/src/index.js";
import { InterpreterAPI, type Parts, requireString } from "./base.js";
import type { Core, Value } from "./core.js";

/** Called with a line about progress, or with a warning. */
export type MessageFunction = (message: string) => void;

export class PyodideAPI16 extends InterpreterAPI {
  readonly #core: Core;
  readonly #loader: Loader;
  readonly #defaultChannel: string;
  readonly #python: {
    run: Value;
    run_async: Value;
    imports: Value;
    lookup: Value;
    version: Value;
  };
  readonly #globals: Value;

  /** @internal */
  constructor(parts: Parts) {
    super(parts);
    const { core, loader, defaultChannel } = parts;
    this.#core = core;
    this.#loader = loader;
    this.#defaultChannel = defaultChannel;
    core.importModule("pyodide._runtime").loader = loader;
    const { run, run_async, imports, lookup, version, global_names } =
      core.importModule("pyodide._runtime16");
    this.#python = { run, run_async, imports, lookup, version };
    this.#globals = global_names;
  }

  /** The global Python namespace. Its attributes are the variables. */
  get globals(): Value {
    return this.#globals;
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
  runPython(code: string): Value {
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
  ): Promise<Value> {
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
    } else if (/\bimport\b/.test(code)) {
      await this.#loader.load([]); // waits for the standard library
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
   * Get a variable of the global Python namespace, converted.
   *
   * @throws PythonError (NameError) if there is no variable of that name
   */
  pyimport(name: string): Value {
    requireString(name, "pyimport");
    return this.#python.lookup(name);
  }

  /** The result of Python's `repr` for an object. */
  repr(object: unknown): string {
    return this.#python.lookup("repr")(object);
  }

  /** The version of this distribution. */
  version(): string {
    return this.#python.version();
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
