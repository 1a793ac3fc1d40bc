// How do the site's pages open while its server cannot be reached? (pyodide-sw.js)
//
// This service worker caches the site's own files, all of one build. It asks the server first, so
// that no page is stale. The loader caches packages (loader/src/store.ts). A site with JupyterLite
// has this worker and JupyterLite's in one script, as a scope has only one worker.

/** In the first line of the script, which build.mjs or conda_emscripten/notebook.py writes. */
declare const SITE: {
  files: string[];
  /** A digest of the files' contents. */
  version: string;
  /**
   * Whether the page registers the worker before Python is ready. Then the files are cached when
   * the page has asked for none for a while.
   */
  isEarly?: boolean;
};

interface LifetimeEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

interface RequestEvent extends Event {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

const folder = new URL("./", globalThis.location.href).href;
const addresses = new Set(SITE.files.map((file) => folder + file));
const own = `conda-emscripten-site ${folder} `;
const current = own + SITE.version;

/** Milliseconds without a request, after which a page counts as started. */
const QUIET = 3000;
let waiting: ReturnType<typeof setTimeout> | undefined;

async function keep(): Promise<void> {
  const cache = await caches.open(current);
  if ((await cache.keys()).length > 0) return; // `addAll` adds all or none
  await cache.addAll([...addresses].map((url) => new Request(url, { cache: "no-cache" })));
}

/** Cache the site's files when the page has started. */
function keepLater(): void {
  clearTimeout(waiting);
  // Without its server, the page has what there is.
  waiting = setTimeout(() => keep().catch(() => {}), QUIET);
}

addEventListener("install", (event) => {
  if (!SITE.isEarly) (event as LifetimeEvent).waitUntil(keep());
});

/** When no page uses the build before any more. */
addEventListener("activate", (event) => {
  const removed = caches.keys().then((names) => {
    const old = names.filter((name) => name.startsWith(own) && name !== current);
    return Promise.all(old.map((name) => caches.delete(name)));
  });
  (event as LifetimeEvent).waitUntil(removed);
  if (SITE.isEarly) keepLater();
});

addEventListener("fetch", (event) => {
  if (SITE.isEarly) keepLater();
  const requested = event as unknown as RequestEvent;
  const { method, url } = requested.request;
  const { origin, pathname } = new URL(url);
  const file = origin + pathname.replace(/\/$/, "/index.html");
  if (method !== "GET" || !addresses.has(file)) return;
  requested.stopImmediatePropagation(); // JupyterLite's worker answers other requests
  requested.respondWith(answer(requested.request, file));
});

async function answer(request: Request, file: string): Promise<Response> {
  const fetched = await fetch(request).catch((error: unknown) => error);
  if (fetched instanceof Response && fetched.status < 500) return fetched;
  const cache = await caches.open(current);
  const kept = await cache.match(file, { ignoreVary: true });
  if (kept) return kept;
  if (fetched instanceof Response) return fetched;
  throw fetched;
}
