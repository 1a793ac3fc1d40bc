// How does a page open without its server?
//
// This module registers the service worker (service-worker.ts).

let isAsked = false;

/**
 * Make this page open without its server from the next visit on.
 *
 * Call it when the standard library is in the cache of packages: the service worker fetches all
 * files of the site and would compete with the page for the connection. Does nothing in a private
 * window, or if the page is neither https nor localhost.
 */
export function keepSite(): void {
  if (isAsked) return;
  isAsked = true;
  navigator.serviceWorker?.register("pyodide-sw.js").catch(() => {});
}
