// Measures the time from the call of loadPackage to the end of the import, in a page or in Node.

/**
 * @param {any} pyodide ours or Pyodide's
 * @param {string[]} packages
 * @param {string} modules separated by commas
 * @returns a function that loads the packages and imports the modules, and gives milliseconds
 */
export function loading(pyodide, packages, modules) {
  return async () => {
    const start = performance.now();
    await pyodide.loadPackage(packages);
    const loaded = performance.now();
    pyodide.runPython(`import ${modules}`);
    const end = performance.now();
    return { load: loaded - start, import: end - loaded, total: end - start };
  };
}

/**
 * Run Python for 3 s. V8 compiles most of the interpreter again with more optimizations meanwhile.
 *
 * @param {any} pyodide ours or Pyodide's
 */
export function warmUp(pyodide) {
  pyodide.runPython(`
import argparse, dataclasses, decimal, importlib.metadata, inspect, json, re, time, typing
_source = inspect.getsource(argparse)
_end = time.monotonic() + 3
while time.monotonic() < _end:
    compile(_source, "argparse.py", "exec")
    json.loads(json.dumps(list(range(1000))))
    re.sub("a+", "b", "aab" * 100)
`);
}

/**
 * The number of requests from a time on, and the received bytes.
 *
 * @param {number} from of performance.now()
 */
export function received(from) {
  const entries = /** @type {PerformanceResourceTiming[]} */ (
    performance.getEntriesByType("resource").filter(({ startTime }) => startTime >= from)
  );
  return {
    requests: entries.length,
    bytes: entries.reduce((sum, { transferSize }) => sum + transferSize, 0),
  };
}

/**
 * Milliseconds until the request of the first bundle of a channel, and the number of requests to
 * the channel for other files.
 *
 * @param {number} from of performance.now()
 * @param {string} channel its URL
 */
export function resolved(from, channel) {
  const entries = performance
    .getEntriesByType("resource")
    .filter(({ name, startTime }) => startTime >= from && name.startsWith(channel));
  const bundles = entries.filter(({ name }) => name.endsWith(".lz4b"));
  if (bundles.length === 0) return {}; // Pyodide has none
  return {
    resolved: Math.min(...bundles.map(({ startTime }) => startTime)) - from,
    extra: entries.length - bundles.length,
  };
}

/** Counts the modules that Emscripten instantiates from now on, synchronously or not. */
export function countInstances() {
  const { Instance, instantiate } = WebAssembly;
  let count = 0;
  WebAssembly.Instance = class extends Instance {
    /** @param {ConstructorParameters<typeof Instance>} args */
    constructor(...args) {
      super(...args);
      count++;
    }
  };
  /** @type {(...args: any[]) => Promise<any>} */
  const counted = (...args) => {
    count++;
    return Reflect.apply(instantiate, WebAssembly, args);
  };
  WebAssembly.instantiate = counted;
  return () => count;
}
