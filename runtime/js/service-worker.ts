// How do the site's pages open while its server cannot be reached? (pyodide-sw.js)
//
// This service worker caches the site's own files, all of one build. It asks the server first, so
// that no page is stale. The loader caches packages (loader/src/store.ts).

/** Replaced by build.mjs: the names of the site's files, and a digest of their contents. */
declare const FILES: string[];
declare const VERSION: string;

interface LifetimeEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

interface RequestEvent extends Event {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

const folder = new URL("./", globalThis.location.href).href;
const addresses = new Set(FILES.map((file) => folder + file));
const own = `conda-emscripten-site ${folder} `;
const current = own + VERSION;

addEventListener("install", (event) => {
  const requests = [...addresses].map((url) => new Request(url, { cache: "no-cache" }));
  const kept = caches.open(current).then((cache) => cache.addAll(requests));
  (event as LifetimeEvent).waitUntil(kept);
});

/** When no page uses the build before any more. */
addEventListener("activate", (event) => {
  const removed = caches.keys().then((names) => {
    const old = names.filter((name) => name.startsWith(own) && name !== current);
    return Promise.all(old.map((name) => caches.delete(name)));
  });
  (event as LifetimeEvent).waitUntil(removed);
});

addEventListener("fetch", (event) => {
  const requested = event as unknown as RequestEvent;
  const { method, url } = requested.request;
  const { origin, pathname } = new URL(url);
  const file = origin + pathname.replace(/\/$/, "/index.html");
  if (method !== "GET" || !addresses.has(file)) return;
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
