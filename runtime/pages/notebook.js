// What does a page of JupyterLite need to open without its server? (conda-emscripten notebook)
//
// At its second visit, JupyterLite removes all service workers unless an earlier visit stored the
// version of JupyterLite (@jupyterlite/apputils 0.8, service-worker-manager.js). Without its server,
// the page could not get the worker again.
const registration = await navigator.serviceWorker?.ready;
if (registration?.active) {
  const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  localStorage.setItem(`${registration.active.scriptURL}-version`, config.appVersion);
}

export {};
