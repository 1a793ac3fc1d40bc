// What does a page of JupyterLite need from conda-emscripten? (conda-emscripten notebook)

// On isolated hosts, the page asks its kernel through coincident 1.2.3, which calls `then` of the
// `value` of Atomics.waitAsync. If the kernel has already answered, `value` is a string (DoWait of
// ECMA-262), the call fails, and the answer is lost. coincident 4 does not use the function.
/** @type {any} */
const atomics = Atomics;
const { waitAsync } = atomics;
if (waitAsync) {
  atomics.waitAsync = (/** @type {unknown[]} */ ...parameters) => {
    const { async, value } = waitAsync(...parameters);
    return { async: true, value: async ? value : Promise.resolve(value) };
  };
}

// The page must open without its server.
// At its second visit, JupyterLite removes all service workers unless an earlier visit stored the
// version of JupyterLite (@jupyterlite/apputils 0.8, service-worker-manager.js). Without its server,
// the page could not get the worker again.
const registration = await navigator.serviceWorker?.ready;
if (registration?.active) {
  const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  localStorage.setItem(`${registration.active.scriptURL}-version`, config.appVersion);
}

export {};
