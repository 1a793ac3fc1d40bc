// Where is what was fetched kept until the next visit?
//
// In a page or a worker by the Cache API, in Node in a folder. Packages are kept by their sha256 and never
// change; indexes by their address, for when there is no network. Keeping is a favour: whatever fails in it
// (no room, a private window, two tabs at once) costs another download and nothing else.

import { sha256, sha256Sync } from "./sha256.js";

/** Keeps files by a name: a sha256, or an address. */
export interface Store {
  /** The file, or null. */
  get(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Keep a file, some time. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>): void;
  /** Forget a file. */
  delete(name: string): Promise<void>;
  /** Forget everything. */
  clear(): Promise<void>;
  /** In bytes. */
  size(): Promise<number>;
  /** Resolves when all is kept that was `put` so far. */
  settled(): Promise<void>;
}

interface Entry {
  name: string;
  size: number;
  /** When it was last put, in milliseconds since 1970. */
  time: number;
}

/** What a store is made of. All may fail. */
interface Backend {
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<Entry[]>;
}

/** A store that drops the oldest files when they take more room than they may. */
class BoundedStore implements Store {
  readonly #backend: Backend;
  readonly #limit: number;
  #writing: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(backend: Backend, limit: number) {
    this.#backend = backend;
    this.#limit = limit;
  }

  async get(name: string): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      return await this.#backend.read(name);
    } catch {
      return null;
    }
  }

  put(name: string, bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length > this.#limit) return;
    this.#pending++;
    this.#writing = this.#writing
      .then(() => this.#write(name, bytes))
      .catch(() => {})
      .then(() => (--this.#pending === 0 ? this.#trim(this.#limit) : undefined))
      .catch(() => {});
  }

  async delete(name: string): Promise<void> {
    await this.#backend.remove(name).catch(() => {});
  }

  async clear(): Promise<void> {
    await this.#writing;
    for (const { name } of await this.#backend.list()) await this.#backend.remove(name);
  }

  async size(): Promise<number> {
    await this.#writing;
    return this.#sum();
  }

  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.#backend.write(name, bytes);
    } catch {
      // No room, probably: half of what is there has not been asked for lately.
      await this.#trim((await this.#sum()) / 2);
      await this.#backend.write(name, bytes);
    }
  }

  async #sum(): Promise<number> {
    return (await this.#backend.list()).reduce((sum, { size }) => sum + size, 0);
  }

  async #trim(limit: number): Promise<void> {
    const entries = (await this.#backend.list()).sort((a, b) => a.time - b.time);
    let size = entries.reduce((sum, entry) => sum + entry.size, 0);
    for (const entry of entries) {
      if (size <= limit) break;
      await this.#backend.remove(entry.name);
      size -= entry.size;
    }
  }
}

const CACHE = "conda-emscripten";
/** Keys of the Cache API are addresses; nobody has this one. */
const KEY = "https://conda-emscripten.invalid/";

/** The Cache API (Service Workers, W3C, section 5). Throws where there is none, as in private windows. */
async function cacheBackend(): Promise<Backend> {
  const cache = await caches.open(CACHE);
  const key = (name: string): string => KEY + encodeURIComponent(name);
  return {
    async read(name) {
      const response = await cache.match(key(name));
      return response ? new Uint8Array(await response.arrayBuffer()) : null;
    },
    async write(name, bytes) {
      const headers = { "x-size": String(bytes.length), "x-time": String(Date.now()) };
      await cache.put(key(name), new Response(bytes, { headers }));
    },
    async remove(name) {
      await cache.delete(key(name));
    },
    async list() {
      const requests = await cache.keys();
      return Promise.all(
        requests.map(async ({ url }) => {
          const headers = (await cache.match(url))?.headers;
          const number = (header: string): number => Number(headers?.get(header) ?? 0);
          const name = decodeURIComponent(url.slice(KEY.length));
          return { name, size: number("x-size"), time: number("x-time") };
        }),
      );
    },
  };
}

/** Bytes in the name of a file. */
const LONGEST_NAME = 200;

/** A folder, in Node. */
async function folderBackend(folder: string): Promise<Backend> {
  const fs = await import("node:fs/promises");
  const { join } = await import("node:path");
  /** Of a name too long for a file its digest. */
  const fileName = (name: string): string => {
    const encoded = encodeURIComponent(name);
    return encoded.length <= LONGEST_NAME ? encoded : sha256Sync(new TextEncoder().encode(name));
  };
  const path = (name: string): string => join(folder, fileName(name));
  return {
    async read(name) {
      return new Uint8Array(await fs.readFile(path(name)));
    },
    async write(name, bytes) {
      await fs.mkdir(folder, { recursive: true });
      const aside = join(folder, `.${Math.random().toString(36).slice(2)}`);
      try {
        await fs.writeFile(aside, bytes);
        await fs.rename(aside, path(name)); // whoever reads sees all of it or nothing
      } catch (error) {
        await fs.rm(aside, { force: true });
        throw error;
      }
    },
    async remove(name) {
      await fs.rm(path(name), { force: true });
    },
    async list() {
      const names = await fs.readdir(folder).catch(() => []);
      const whole = names.filter((file) => !file.startsWith("."));
      return Promise.all(
        whole.map(async (file) => {
          const { size, mtimeMs } = await fs.stat(join(folder, file));
          return { name: decodeURIComponent(file), size, time: mtimeMs };
        }),
      );
    },
  };
}

export interface StoreOptions {
  /** In Node: where the files are kept. */
  folder?: string;
  /** In bytes. */
  limit?: number;
}

/** A gigabyte. */
const LIMIT = 1 << 30;

/** The store of this page, worker or process; null where nothing can be kept. */
export async function openStore({ folder, limit = LIMIT }: StoreOptions): Promise<Store | null> {
  try {
    const backend = folder === undefined ? await cacheBackend() : await folderBackend(folder);
    return new BoundedStore(backend, limit);
  } catch {
    return null;
  }
}

/** A file that is kept by its sha256, if it still has it. */
export async function getVerified(
  store: Store,
  digest: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = await store.get(digest);
  if (!bytes) return null;
  if ((await sha256(bytes)) === digest) return bytes;
  await store.delete(digest);
  return null;
}
