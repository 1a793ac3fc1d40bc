// Where are fetched files cached?
//
// This module caches them with the Cache API in pages and workers, and in a folder in Node.
// Packages are cached by sha256, and indexes by address, for use without a network. Caching is best
// effort: any failure (a full disk, a private window, two tabs) only costs another download.

import { sha256, sha256Sync } from "./sha256.js";

/** A cache of files by name: a sha256, or an address. */
export interface Store {
  /** The file, or null. */
  get(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Cache a file, in the background. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>): void;
  /** Delete a file. */
  delete(name: string): Promise<void>;
  /** Delete all files. */
  clear(): Promise<void>;
  /** Bytes of all files, or of those whose names begin with `prefix`. */
  size(prefix?: string): Promise<number>;
  /** Resolves when all earlier calls of `put` are done. */
  settled(): Promise<void>;
}

interface Entry {
  name: string;
  size: number;
  /** Time of the last `put`, in milliseconds since 1970. */
  time: number;
}

/** The storage of a store. Every call may reject. */
interface Backend {
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<Entry[]>;
}

/** A store with a size limit. Above the limit the oldest files are deleted. */
class BoundedStore implements Store {
  readonly #backend: Backend;
  readonly #limit: number;
  #writing: Promise<void> = Promise.resolve();
  #pending = 0;
  /** Bytes since the last trim. */
  #written = 0;

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
    this.#written += bytes.length;
    this.#writing = this.#writing
      .then(() => this.#write(name, bytes))
      .catch(() => {})
      .then(() => (--this.#pending === 0 ? this.#trimIfGrown() : undefined))
      .catch(() => {});
  }

  async delete(name: string): Promise<void> {
    await this.#backend.remove(name).catch(() => {});
  }

  async clear(): Promise<void> {
    await this.#writing;
    for (const { name } of await this.#backend.list()) await this.#backend.remove(name);
  }

  async size(prefix = ""): Promise<number> {
    await this.#writing;
    return this.#sum(prefix);
  }

  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.#backend.write(name, bytes);
    } catch {
      // Probably no room: delete the older half.
      await this.#trim((await this.#sum()) / 2);
      await this.#backend.write(name, bytes);
    }
  }

  /** A trim lists all files: after an index alone, which is small, it would only slow the start. */
  async #trimIfGrown(): Promise<void> {
    if (this.#written * 1000 < this.#limit) return;
    this.#written = 0;
    await this.#trim(this.#limit);
  }

  async #sum(prefix = ""): Promise<number> {
    const entries = (await this.#backend.list()).filter(({ name }) => name.startsWith(prefix));
    return entries.reduce((sum, { size }) => sum + size, 0);
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
/** Keys of the Cache API are addresses. The domain `.invalid` is reserved (RFC 2606). */
const KEY = "https://conda-emscripten.invalid/";

/** The Cache API (Service Workers, W3C, section 5). Throws if missing, as in private windows. */
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

/** Limit of file names in bytes. */
const LONGEST_NAME = 200;

/** A folder, in Node. */
async function folderBackend(folder: string): Promise<Backend> {
  const fs = await import("node:fs/promises");
  const { join } = await import("node:path");
  /** The encoded name, or the digest of a name that is too long. */
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
        await fs.rename(aside, path(name)); // atomic: readers never see an incomplete file
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
  /** The folder of the files, in Node. */
  folder?: string;
  /** In bytes; 1 GiB if absent. */
  limit?: number;
}

const LIMIT = 1 << 30;

/** The store of this page, worker or process; null if nothing can be cached. */
export async function openStore({ folder, limit = LIMIT }: StoreOptions): Promise<Store | null> {
  try {
    const backend = folder === undefined ? await cacheBackend() : await folderBackend(folder);
    return new BoundedStore(backend, limit);
  } catch {
    return null;
  }
}

/** A file by its sha256. A damaged file is deleted, and null returned. */
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
