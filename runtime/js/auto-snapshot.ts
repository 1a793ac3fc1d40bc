// How does a browser make the snapshot of a page by itself? (loadPyodide's `snapshot: "auto"`)
//
// After a start without a snapshot, when the page is idle, a worker starts another interpreter with
// the same packages, imports the modules that the page has imported, and saves it. So the snapshot
// has nothing of the page's program, and the page does not wait. It is cached with the packages.

import { type Loader, type Lock, type Store, sha256 } from "../../loader/src/index.js";
import type { Core } from "./core.js";
import type { PyodideOptions } from "./options.js";
import { isNode } from "./platform.js";
import { readSnapshot, type Snapshot } from "./snapshot-file.js";

/** Beginning of the names of these snapshots in the cache. */
export const PREFIX = "snapshot:";

/** Milliseconds after the start at which it is seen whether the page has imported packages. */
const TIMES = [4_000, 30_000];

/** Where the files of an interpreter come from. */
export interface Site {
  indexURL: string;
  channels: string[];
  store: Promise<Store | null> | null;
}

/** What the worker gets. */
interface Order {
  options: PyodideOptions;
  /** Python code that imports the modules. */
  code: string;
}

const WORKER = `
onmessage = async ({ data: { url, options, code } }) => {
  const { loadPyodide } = await import(url);
  const pyodide = await loadPyodide(options);
  pyodide.runPython(code);
  const snapshot = await pyodide.snapshot();
  postMessage(snapshot, [snapshot.buffer]);
};
`;

/** The snapshot of the pages of a site that start with the same options. */
export class AutoSnapshot {
  readonly #site: Site;
  readonly #options: PyodideOptions;

  constructor(options: PyodideOptions, site: Site) {
    this.#options = options;
    this.#site = site;
  }

  /** The snapshot in the cache. A damaged one is deleted. */
  async find(): Promise<Snapshot | undefined> {
    const store = await this.#site.store;
    const name = await this.#name();
    const file = await store?.get(name);
    if (!file) return undefined;
    try {
      const snapshot = await readSnapshot(file);
      await snapshot.verified;
      return snapshot;
    } catch {
      await store?.delete(name);
      return undefined;
    }
  }

  /** Delete the snapshot, which does not fit any more. */
  async forget(): Promise<void> {
    await (await this.#site.store)?.delete(await this.#name());
  }

  /** Make the snapshot when the page is idle. Any failure only costs the snapshot. */
  schedule(core: Core, loader: Loader): void {
    // In Node the timer would keep the process alive; a program makes its own snapshot.
    if (isNode || typeof Worker !== "function") return;
    const [first, ...later] = TIMES;
    const attempt = (index: number): void => {
      idle(async () => {
        const isDone = await this.#make(core, loader).catch(() => true);
        const pause = later[index];
        if (!isDone && pause !== undefined) setTimeout(() => attempt(index + 1), pause);
      });
    };
    setTimeout(() => attempt(0), first);
  }

  /** Returns false if the page has imported no package yet. */
  async #make(core: Core, loader: Loader): Promise<boolean> {
    const store = await this.#site.store;
    if (!store) return true;
    // The worker then finds all parts of the packages in the cache, and fetches none again.
    await loader.stream();
    await store.settled();
    if (core.snapshotBusy()) return false;
    const modules = core.snapshotCall("imported", "");
    if (modules === "") return false;
    const lock = loader.lock();
    // Otherwise the next start would not use it.
    if (!(await loader.isCurrent(lock))) return true;
    const name = await this.#name();
    // Another tab may be making it.
    await exclusively(name, async () => {
      if (!(await store.get(name))) store.put(name, await this.#work(lock, modules));
    });
    return true;
  }

  async #work(lock: Lock, modules: string): Promise<Uint8Array<ArrayBuffer>> {
    const { api, packageCache, packageCacheLimit } = this.#options;
    const { indexURL, channels } = this.#site;
    const call = `import_all(${JSON.stringify(modules)})`;
    const order: Order = {
      options: { api, packageCache, packageCacheLimit, indexURL, channels, lock },
      code: `__import__("pyodide._snapshot", fromlist=["import_all"]).${call}`,
    };
    const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
    const worker = new Worker(url);
    try {
      return await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => {
          event.preventDefault(); // no message on the console
          reject(new Error(event.message));
        };
        worker.postMessage({ url: `${indexURL}pyodide.mjs`, ...order });
      });
    } finally {
      worker.terminate();
      URL.revokeObjectURL(url);
    }
  }

  async #name(): Promise<string> {
    const { api = "314", packages = [] } = this.#options;
    const { indexURL, channels } = this.#site;
    const start = JSON.stringify([indexURL, channels, api, [...packages].sort()]);
    return PREFIX + (await sha256(new TextEncoder().encode(start)));
  }
}

function idle(task: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(task);
  else task();
}

/** Run a task unless it runs in another tab, where the browser can tell. */
async function exclusively(name: string, task: () => Promise<void>): Promise<void> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return task();
  await locks.request(name, { ifAvailable: true }, async (lock) => lock && task());
}
