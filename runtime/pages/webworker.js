// Runs Python in a web worker. The page posts {python, ...variables}, and the worker answers {results}
// or {error}. If you copy this file to another folder, change the URL to that of the distribution.

self.languagePluginUrl = new URL("./", self.location.href).href;
importScripts(`${self.languagePluginUrl}pyodide.js`);

self.onmessage = async (event) => {
  await languagePluginLoader;
  const { python, ...context } = event.data;
  // `from js import name` imports a variable of the message.
  Object.assign(self, context);
  try {
    self.postMessage({ results: await self.pyodide.runPythonAsync(python) });
  } catch (/** @type {any} */ error) {
    self.postMessage({ error: error.message });
  }
};
