// Runs the code that the page sends, once the global `pyodide` is there: `#module` starts it from the module.
const started = self.location.hash === "#module" ? startModule() : startClassic();

async function startModule() {
  const { loadPyodide } = await import("/pyodide.mjs");
  self.python = await loadPyodide();
}

async function startClassic() {
  self.languagePluginUrl = "/";
  importScripts("/pyodide.js");
  await languagePluginLoader;
  self.python = pyodide;
}

self.onmessage = async ({ data }) => {
  try {
    await started;
    postMessage({ value: await new Function("python", `return (async () => {${data}})()`)(python) });
  } catch (error) {
    postMessage({ error: error.message });
  }
};
