// Measures a start and the first script after the start, in a page or in Node.

/**
 * The script runs as soon as `loadPyodide` has resolved, and then again for a second: engines run
 * the optimized code of a WebAssembly function from the function's next call on.
 *
 * @param {() => Promise<any>} start imports pyodide.mjs, ours or Pyodide's, and calls `loadPyodide`
 * @param {string} script Python
 * @param {Record<string, string>} files path -> text of files that the script finds
 * @returns milliseconds of the start, of the first run, and of the fastest of at least two runs in
 *     the second after the first run
 */
export async function measure(start, script, files) {
  const begin = performance.now();
  const pyodide = await start();
  const ready = performance.now() - begin;
  for (const [path, text] of Object.entries(files)) {
    pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    pyodide.FS.writeFile(path, text);
  }
  const run = () => {
    const before = performance.now();
    pyodide.runPython(script);
    return performance.now() - before;
  };
  const first = run();
  const warm = [];
  for (const end = performance.now() + 1000; performance.now() < end || warm.length < 2; ) {
    warm.push(run());
  }
  return { ready, first, warm: Math.min(...warm) };
}
