// Runs code from the page as the body of an async function. `python` and the message's other values are
// its arguments. `#module` starts Python from the module.
const started = self.location.hash === "#module" ? startModule() : startClassic();

async function startModule() {
  const { loadPyodide } = await import("/pyodide.mjs");
  return loadPyodide({ api: "0.16" });
}

async function startClassic() {
  self.languagePluginUrl = "/";
  importScripts("/pyodide.js");
  await languagePluginLoader;
  return pyodide;
}

self.onmessage = async ({ data: { code, ...values } }) => {
  try {
    const python = await started;
    const run = new Function("python", ...Object.keys(values), `return (async () => {${code}})()`);
    postMessage({ value: await run(python, ...Object.values(values)) });
  } catch (/** @type {any} */ error) {
    postMessage({ error: error.message, type: error.type });
  }
};
