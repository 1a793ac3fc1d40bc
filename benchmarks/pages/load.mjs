// How long does a package take from the call to imported? A page and Node run the same.

/** @returns a function that loads packages and imports modules, and gives milliseconds */
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
 * Let the interpreter run for a while. V8 compiles it anew meanwhile, which takes some 20 MB; for Pyodide that happens
 * while it starts.
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

/** What came over the network from a time on (performance.now). */
export function received(from) {
  const entries = performance.getEntriesByType("resource").filter(({ startTime }) => startTime >= from);
  return { requests: entries.length, bytes: entries.reduce((sum, { transferSize }) => sum + transferSize, 0) };
}

/** What came before the first bundle of a channel: the milliseconds until it was asked for, and the requests. */
export function resolved(from, channel) {
  const entries = performance.getEntriesByType("resource")
    .filter(({ name, startTime }) => startTime >= from && name.startsWith(channel));
  const bundles = entries.filter(({ name }) => name.endsWith(".lz4b"));
  if (bundles.length === 0) return {}; // a peer has none
  return {
    resolved: Math.min(...bundles.map(({ startTime }) => startTime)) - from,
    extra: entries.length - bundles.length,
  };
}

/** Counts the modules that Emscripten instantiates from now on, at once or later. */
export function countInstances() {
  const { Instance, instantiate } = WebAssembly;
  let count = 0;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      count++;
    }
  };
  WebAssembly.instantiate = (...args) => {
    count++;
    return instantiate(...args);
  };
  return () => count;
}
