// How does the home page run the code of its examples?
//
// This module starts Python once for all examples, loads the packages and runs the code.

import type { Progress } from "../../../loader/src/index.js";
import type { PyodideAPI, PyodideOptions } from "../module.js";

type Module = { loadPyodide(options: PyodideOptions): Promise<PyodideAPI> };
type Run = (code: string) => PromiseLike<Outcome> & { destroy(): void };
type Interpreter = { pyodide: PyodideAPI; run: Run };

/** How a run ended. */
export interface Outcome {
  /** The `repr` of the last statement's value, if it has one. */
  value?: string;
  /** The traceback of what the code raised. */
  traceback?: string;
  /** The imported module that no package has. */
  missing?: string;
}

/** Receives the output of a run and the steps before the run. */
export interface Listener {
  /** Python prints a line. */
  print(line: string): void;
  /** A step begins. */
  begin(step: string): void;
  /** So many bytes of packages have arrived, of those that are wanted so far. */
  progress(bytes: number, totalBytes: number): void;
  /** A step is done; `bytes` of packages were loaded for it. */
  done(step: string, milliseconds: number, bytes: number): void;
}

// Each run has a namespace of its own. linecache gives the traceback its source lines.
const RUN = `
async def run(code):
    from pyodide.code import eval_code_async
    from pyodide.ffi import to_js

    namespace = {"__name__": "__main__"}
    try:
        value = await eval_code_async(code, namespace)
        return to_js({} if value is None else {"value": repr(value)})
    except BaseException as error:
        import linecache, traceback

        linecache.cache["<exec>"] = (len(code), None, code.splitlines(keepends=True), "<exec>")
        frames = error.__traceback__
        while frames and frames.tb_frame.f_globals is not namespace:
            frames = frames.tb_next
        outcome = {"traceback": "".join(traceback.format_exception(error.with_traceback(frames)))}
        if isinstance(error, ModuleNotFoundError) and error.name:
            outcome["missing"] = error.name
        return to_js(outcome)

run
`;

/** One interpreter for the whole page. Runs do not overlap. */
export class Python {
  #interpreter: Promise<Interpreter> | undefined;
  /** Of the latest run: what the code's event handlers print later belongs to it, too. */
  #listener: Listener | undefined;

  /** Resolves when the standard library is in the cache of packages. */
  async cached(): Promise<void> {
    await (await this.#interpreter)?.pyodide.packageCache.size();
  }

  /**
   * Start Python, the first time; load the packages that the code imports; run the code.
   *
   * @throws Error if Python cannot start or has crashed, LoaderError for a package
   */
  async run(code: string, listener: Listener): Promise<Outcome> {
    this.#listener = listener;
    this.#interpreter ??= start(listener, (line) => this.#listener?.print(line));
    try {
      const { pyodide, run } = await this.#interpreter;
      await load(pyodide, code, listener);
      listener.begin("Running");
      await new Promise((resolve) => setTimeout(resolve, 20)); // so that the page shows this
      const begin = performance.now();
      const task = run(code);
      const outcome = await task;
      task.destroy();
      listener.done("Ran", performance.now() - begin, 0);
      return outcome;
    } catch (error) {
      // Python has crashed, or a file is missing that may be there at the next run.
      this.#interpreter = undefined;
      throw error;
    }
  }
}

async function start(listener: Listener, print: (line: string) => void): Promise<Interpreter> {
  listener.begin("Starting Python");
  const meter = new Meter(listener);
  const { loadPyodide }: Module = await import(new URL("pyodide.mjs", document.baseURI).href);
  const pyodide = await loadPyodide({
    stdout: print,
    stderr: print,
    ...meter.callbacks,
  });
  const version = pyodide.runPython("__import__('platform').python_version()");
  meter.done(`Started Python ${version}`);
  return { pyodide, run: pyodide.runPython(RUN) as Run };
}

async function load(pyodide: PyodideAPI, code: string, listener: Listener): Promise<void> {
  const before = new Set(Object.keys(pyodide.loadedPackages));
  listener.begin("Loading packages");
  const meter = new Meter(listener);
  await pyodide.loadPackagesFromImports(code, meter.callbacks);
  const names = Object.keys(pyodide.loadedPackages).filter((name) => !before.has(name));
  if (names.length > 0) meter.done(`Loaded ${names.join(", ")}`);
}

/** Measures one load. */
class Meter {
  readonly #listener: Listener;
  readonly #begin = performance.now();
  #bytes = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  readonly callbacks = {
    messageCallback: () => {}, // without it, the console has these messages
    errorCallback: () => {}, // the promise is rejected with the same message
    onProgress: ({ bytes, totalBytes }: Progress) => {
      this.#bytes = bytes;
      this.#listener.progress(bytes, totalBytes);
    },
  };

  done(step: string): void {
    this.#listener.done(step, performance.now() - this.#begin, this.#bytes);
  }
}
