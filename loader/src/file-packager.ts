// Which files are in a package made by Emscripten's file_packager?
//
// This module reads them. Such a package is a `.data` file and a script, which fetches the data and
// writes files with the functions of an Emscripten module (tools/file_packager.py of Emscripten
// 3.1.69, and of 1.38 in Pyodide 0.16). Here the script gets an object that records these calls:
// it requests data and receives a buffer, which is filled before the script continues in `preRun`.

import { type Archive, type ArchivedFile, archiveOf, PLAIN_FILE, PlainFile } from "./archive.js";
import { type ChunkCache, ChunkedFile, Chunks, verifiedFile } from "./chunks.js";
import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import { ScriptScope } from "./script.js";

export interface PackagedOptions {
  cache: ChunkCache;
  fetcher: Fetcher;
  signal?: AbortSignal | undefined;
  scriptGlobals: (module: object) => Record<string, unknown>;
}

/** The data description of a script made with --lz4 (Emscripten's third_party/mini-lz4.js). */
interface CompressedData {
  data: Uint8Array;
  offsets: number[];
  sizes: number[];
  /** 0 for an uncompressed chunk. */
  successes: number[];
}

interface Pack {
  metadata: { files: { filename: string; start: number; end: number }[] };
  compressedData: CompressedData;
}

const LZ4_CHUNK_SIZE = 2048; // bytes

/** Runs one script at a time, as they share the global scope. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Run the script at an address and fetch its data.
 *
 * @throws LoaderError that names the address
 */
export function readPackaged(url: string, options: PackagedOptions): Promise<Archive> {
  const result = queue.then(() => runPackaged(url, options));
  queue = result.catch(() => {});
  return result;
}

async function runPackaged(url: string, options: PackagedOptions): Promise<Archive> {
  const module = new RecordingModule(url, options.cache);
  const scope = new ScriptScope(options.scriptGlobals(module), options.fetcher);
  scope.enter();
  try {
    await scope.run(url);
    await module.fetchData(options);
    scope.call(() => module.runPreRun());
  } finally {
    scope.leave();
  }
  try {
    return archiveOf(url, module.files);
  } catch (error) {
    throw new LoaderError(`${url} cannot be loaded: ${reason(error)}`, { cause: error });
  }
}

/** The parts of an Emscripten module that the scripts use, with Emscripten's names. */
class RecordingModule {
  /** Path below "/" -> file. */
  readonly files = new Map<string, ArchivedFile>();
  readonly calledRun = false;
  readonly preRun: ((module: RecordingModule) => void)[] = [];
  readonly LZ4 = { loadPackage: (pack: Pack) => this.#addCompressed(pack) };

  readonly #url: string;
  readonly #cache: ChunkCache;
  readonly #data: { url: string; buffer: ArrayBuffer }[] = [];
  readonly #pending = new Set<string>();

  constructor(url: string, cache: ChunkCache) {
    this.#url = url;
    this.#cache = cache;
    for (const name of Object.getOwnPropertyNames(RecordingModule.prototype)) {
      const method = (this as Record<string, unknown>)[name];
      if (name !== "constructor" && typeof method === "function") {
        Object.defineProperty(this, name, { value: method.bind(this) });
      }
    }
  }

  // Called by the script:

  locateFile(name: string): string {
    return new URL(name, this.#url).href;
  }

  getPreloadedPackage(url: string, size: number): ArrayBuffer {
    const buffer = new ArrayBuffer(size);
    this.#data.push({ url, buffer });
    return buffer;
  }

  addRunDependency(id: string): void {
    this.#pending.add(id);
  }

  removeRunDependency(id: string): void {
    this.#pending.delete(id);
  }

  /** Called by packages for Pyodide 0.16. Side modules are checked when they are compiled. */
  checkABI(): boolean {
    return true;
  }

  FS_createPath(): void {} // the archive has the folders of its files

  FS_createDataFile(parent: string, name: string | null, data: Uint8Array | string): void {
    const path = (name === null ? parent : `${parent}/${name}`).replace(/^\/+/, "");
    // --embed passes a string with one character per byte.
    const content =
      typeof data === "string" ? Uint8Array.from(data, (byte) => byte.charCodeAt(0)) : data;
    this.files.set(path, new PlainFile(content));
  }

  FS_createPreloadedFile(
    parent: string,
    name: string | null,
    data: Uint8Array,
    _canRead: boolean,
    _canWrite: boolean,
    onload: () => void,
  ): void {
    this.FS_createDataFile(parent, name, data);
    onload();
  }

  // Called by the loader:

  /** Fetch the data that the script has requested. */
  async fetchData({ fetcher, signal }: PackagedOptions): Promise<void> {
    if (this.preRun.length === 0) {
      throw new LoaderError(
        `${this.#url} adds no files. Make it with file_packager's --export-name=pyodide._module.`,
      );
    }
    for (const { url, buffer } of this.#data) {
      const bytes = await fetcher.fetchExisting(url, { signal });
      if (bytes.length !== buffer.byteLength) {
        throw new LoaderError(
          `${url} has ${bytes.length} bytes, but ${this.#url} wants ${buffer.byteLength}. The ` +
            "download is damaged, or the two files are not of the same package.",
        );
      }
      new Uint8Array(buffer).set(bytes);
    }
  }

  /** Let the script write its files. */
  runPreRun(): void {
    try {
      for (const callback of this.preRun) callback(this);
    } catch (error) {
      throw new LoaderError(`${this.#url} failed: ${reason(error)}`, { cause: error });
    }
    if (this.#pending.size > 0) {
      throw new LoaderError(
        `${this.#url} fetches files by itself, which the loader cannot follow. Make it without ` +
          "file_packager's --separate-metadata and --use-preload-cache.",
      );
    }
  }

  #addCompressed({ metadata, compressedData }: Pack): void {
    const { data, offsets, sizes, successes } = compressedData;
    const end = Math.max(0, ...metadata.files.map((file) => file.end));
    const file = verifiedFile(data);
    const chunks = new Chunks({
      name: this.#url,
      chunks: offsets.map((offset, index) => {
        const raw = Math.min(LZ4_CHUNK_SIZE, end - index * LZ4_CHUNK_SIZE);
        return { file, offset, raw, stored: successes[index] ? (sizes[index] as number) : raw };
      }),
      chunkSize: LZ4_CHUNK_SIZE,
      cache: this.#cache,
    });
    for (const { filename, start, end } of metadata.files) {
      const path = filename.replace(/^\/+/, "");
      this.files.set(path, new ChunkedFile(chunks, start, end - start, PLAIN_FILE));
    }
  }
}
