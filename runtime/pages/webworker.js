// Runs Python in a web worker, for a page that posts {python, ...variables} and is answered {results}
// or {error}. Copy it, and let both addresses lead to the distribution if it is elsewhere.

self.languagePluginUrl = new URL("./", self.location.href).href;
importScripts(`${self.languagePluginUrl}pyodide.js`);

self.onmessage = async (event) => {
  await languagePluginLoader;
  const { python, ...context } = event.data;
  // `from js import name` finds what the page sent.
  Object.assign(self, context);
  try {
    self.postMessage({ results: await self.pyodide.runPythonAsync(python) });
  } catch (/** @type {any} */ error) {
    self.postMessage({ error: error.message });
  }
};
