// Runs Python for console.html. console-worker.js is a classic script, because packages may have
// classic scripts.

import type { Progress } from "../../../loader/src/index.js";
import type { PyodideAPI, PyodideOptions } from "../module.js";
import type { FromWorker, ToWorker } from "./protocol.js";
import { Shared, SIGINT } from "./shared.js";

/** pyodide._console.Console */
interface PythonConsole {
  exited: boolean;
  is_complete(source: string): boolean;
  /** A Python task if the statements await something. */
  run(source: string): PromiseLike<void> | undefined;
  interrupt(): boolean;
  /** A Python tuple of the start of the replaced part and the candidates. */
  complete(source: string): { toJs(): [start: number, candidates: string[]]; destroy(): void };
}

/** A function of runtime/core/suspend.c. */
interface PrivateModule {
  _suspend_possible(): number;
}

type Module = { loadPyodide(options: PyodideOptions): Promise<PyodideAPI> };

const ENVIRONMENT = { TERM: "xterm-256color", COLORTERM: "truecolor" };

let pyodide: PyodideAPI;
let python: PythonConsole;
let shared: Shared | undefined;
/** The interrupt buffer: of one number. */
let signals: Int32Array = new Int32Array(1);
/** Settles the promise that input() waits for. */
let input: { resolve(line: string | null): void; reject(error: Error): void } | undefined;
/** Ends the load of packages. */
let loading: AbortController | undefined;

const post = (message: FromWorker): void => globalThis.postMessage(message);

function onProgress({ phase, bytes, totalBytes }: Progress): void {
  post({ kind: "progress", share: phase === "done" ? 1 : bytes / (totalBytes || 1) });
}

async function start(message: Extract<ToWorker, { kind: "start" }>): Promise<void> {
  const { rows, columns } = message;
  if (message.shared) shared = new Shared(message.shared);
  const write = (text: string): void => {
    shared?.writing(text.length);
    post({ kind: "output", text });
  };
  const { loadPyodide }: Module = await import(new URL("pyodide.mjs", location.href).href);
  pyodide = await loadPyodide({
    env: ENVIRONMENT,
    onProgress,
    stdin: readLine,
    stdout: write,
    stderr: write,
    terminal: () => shared?.size ?? { rows, columns },
  });
  if (shared) signals = shared.signals;
  pyodide.setInterruptBuffer(signals);
  python = pyodide.runPython(
    "__import__('pyodide._console', fromlist=['Console']).Console()",
  ) as PythonConsole;
  post({
    kind: "ready",
    version: pyodide.runPython("__import__('platform').python_version()") as string,
  });
}

/** A line for input(), which blocks the worker only where Python cannot wait for a promise. */
function readLine(): string | null | Promise<string | null> {
  const { _suspend_possible: canWait } = pyodide._module as unknown as PrivateModule;
  if (!canWait()) return shared?.readLine((what) => post({ kind: "input", what })) ?? null;
  post({ kind: "input", what: "message" });
  return new Promise((resolve, reject) => {
    input = { resolve, reject };
  });
}

async function run(source: string): Promise<void> {
  takeSignal();
  try {
    if (await loadImports(source)) {
      // The statements can wait, if the engine can suspend stacks.
      await pyodide._module.callAsync(python.run, [source]);
    } else {
      post({ kind: "warning", message: "KeyboardInterrupt" });
    }
  } catch (error) {
    // Console.run does not catch an interrupt at its very end, or a crash.
    post({ kind: "warning", message: (error as Error).message.trimEnd() });
    if (error instanceof WebAssembly.RuntimeError) throw error;
  } finally {
    takeSignal();
  }
  post({ kind: "done", exited: python.exited });
}

/** Load the packages that the statements import. Returns false if that was interrupted. */
async function loadImports(source: string): Promise<boolean> {
  loading = new AbortController();
  const { signal } = loading;
  try {
    await pyodide.loadPackagesFromImports(source, {
      messageCallback: (message) => post({ kind: "loading", message }),
      errorCallback: (message) => !signal.aborted && post({ kind: "warning", message }),
      onProgress,
      signal,
    });
  } catch {
    // The callback shows a LoaderError.
  } finally {
    loading = undefined;
    post({ kind: "progress", share: 1 });
    post({ kind: "loading", message: "" });
  }
  return !signal.aborted;
}

/** Take back a signal that Python has not seen. @returns whether there was one */
const takeSignal = (): boolean => Atomics.exchange(signals, 0, 0) !== 0;

/** End the statements that wait. Running statements have already taken the signal. */
function interrupt(): void {
  if (shared && !takeSignal()) return;
  if (loading) loading.abort();
  else if (!python.interrupt()) signals[0] = SIGINT; // for a suspended stack
}

globalThis.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    switch (data.kind) {
      case "start":
        return await start(data);
      case "run":
        return await run(data.source);
      case "interrupt":
        return interrupt();
      case "answer":
        return input?.resolve(data.line);
      case "interruptInput":
        signals[0] = SIGINT;
        return input?.reject(new DOMException("Ctrl-C", "AbortError"));
      case "isComplete":
        return post({ kind: "isComplete", answer: python.is_complete(data.text) });
      case "complete": {
        const completions = python.complete(data.text);
        const [start, candidates] = completions.toJs();
        completions.destroy();
        return post({ kind: "complete", answer: { start, candidates } });
      }
      case "cache": {
        await pyodide.packageCache.size().catch(() => {}); // caching is best effort
        return post({ kind: "cached" });
      }
    }
  } catch (error) {
    post({ kind: "failed", message: (error as Error).message });
  }
};
