// Runs Python with options from the page, in a classic worker or a module worker.
self.onmessage = async ({ data: { options, code } }) => {
  try {
    const { loadPyodide } = await import("/pyodide.mjs");
    const python = await loadPyodide(options);
    postMessage({ value: [python.runPython(code), await python.packageCache.size()] });
  } catch (/** @type {any} */ error) {
    postMessage({ error: error.message });
  }
};
