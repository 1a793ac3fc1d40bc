// What is in a bundle, and what are the bytes of a file in it?
//
// The format is written down in docs/reference/bundle-format.md.

import { LoaderError, reason } from "./errors.js";
import { decompressBlock } from "./lz4.js";

const MAGIC = 0x42345a4c; // "LZ4B", little endian
const VERSION = 1;
const PREAMBLE_SIZE = 16;
const DIGEST_SIZE = 32;
const PLAIN_FILE = 0o644;

/** Position and size in raw bytes, and permission bits where they are not 0644. */
type FileEntry = [position: number, size: number, mode?: number];

interface Header {
  package: string;
  package_sha256: string;
  chunk_size: number;
  chunks: [stored: number, raw: number][];
  directories: Record<string, Record<string, FileEntry>>;
  symlinks: Record<string, string>;
  libraries: string[];
}

export interface BundledFile {
  bundle: Bundle;
  /** First raw byte. */
  position: number;
  /** Bytes. */
  size: number;
  mode: number;
}

/** The chunks that were decompressed last, of all bundles; bounded. */
export class ChunkCache {
  readonly #chunks = new Map<string, Uint8Array>();
  readonly #limit: number;
  #size = 0;

  /** @param limit in bytes */
  constructor(limit = 4 * 1024 * 1024) {
    this.#limit = limit;
  }

  /** Bytes held now. */
  get size(): number {
    return this.#size;
  }

  get(key: string, decompress: () => Uint8Array): Uint8Array {
    let chunk = this.#chunks.get(key);
    if (chunk) {
      this.#chunks.delete(key); // what is used last is dropped last
    } else {
      chunk = decompress();
      this.#size += chunk.length;
    }
    this.#chunks.set(key, chunk);
    for (const [oldest, dropped] of this.#chunks) {
      if (this.#size <= this.#limit || dropped === chunk) break;
      this.#chunks.delete(oldest);
      this.#size -= dropped.length;
    }
    return chunk;
  }
}

let bundleCount = 0;

/** A bundle in memory, still compressed. */
export class Bundle {
  /** File name of the conda package that it was made from. */
  readonly package: string;
  /** Folder -> file name -> file, the folders sorted. */
  readonly directories: ReadonlyMap<string, ReadonlyMap<string, BundledFile>>;
  /** Path -> target. */
  readonly symlinks: ReadonlyMap<string, string>;
  /** Paths of the side modules. */
  readonly libraries: readonly string[];

  readonly #id = bundleCount++;
  readonly #bytes: Uint8Array;
  readonly #cache: ChunkCache;
  readonly #chunkSize: number;
  readonly #rawSizes: number[] = [];
  /** Where each chunk starts in `#bytes`, and where the last one ends. */
  readonly #offsets: number[];

  /**
   * @param bytes the bundle file, with the right sha256
   * @param cache shared by all bundles of a loader
   * @throws LoaderError for anything but a sound bundle; the message lacks its name
   */
  constructor(bytes: Uint8Array, cache: ChunkCache) {
    this.#bytes = bytes;
    this.#cache = cache;
    try {
      const [header, chunksStart] = readHeader(bytes);
      let offset = chunksStart;
      this.#offsets = [offset];
      for (const [stored, raw] of header.chunks) {
        if (!(stored > 0 && stored <= raw && raw <= header.chunk_size)) {
          throw new LoaderError("a chunk has an impossible size");
        }
        offset += stored;
        this.#offsets.push(offset);
        this.#rawSizes.push(raw);
      }
      if (offset !== bytes.length - DIGEST_SIZE) throw new LoaderError("it is truncated");
      this.package = header.package;
      this.#chunkSize = header.chunk_size;
      this.directories = new Map(
        Object.entries(header.directories).map(([path, files]) => [
          plainPath(path),
          new Map(Object.entries(files).map(([name, entry]) => [name, this.#file(name, entry)])),
        ]),
      );
      this.symlinks = new Map(
        Object.entries(header.symlinks).map(([path, target]) => [plainPath(path), target]),
      );
      this.libraries = header.libraries;
      for (const path of this.libraries) this.find(path);
    } catch (error) {
      throw new LoaderError(`the bundle is damaged: ${reason(error)}`, { cause: error });
    }
  }

  /**
   * The file at a path.
   *
   * @throws LoaderError if there is none
   */
  find(path: string): BundledFile {
    const slash = path.lastIndexOf("/");
    const file = this.directories
      .get(path.slice(0, Math.max(slash, 0)))
      ?.get(path.slice(slash + 1));
    if (!file) throw new LoaderError(`${path} is not in the bundle`);
    return file;
  }

  /**
   * Decompress a part of the raw bytes.
   *
   * @param position of the first byte
   * @param target is filled to its end
   * @throws Error if the chunks are damaged or end before `target` does
   */
  read(position: number, target: Uint8Array): void {
    let done = 0;
    while (done < target.length) {
      const index = Math.floor((position + done) / this.#chunkSize);
      const start = (position + done) % this.#chunkSize;
      const size = Math.min((this.#rawSizes[index] ?? 0) - start, target.length - done);
      if (size <= 0) throw new LoaderError(`chunk ${index} of ${this.package} ends too early`);
      if (size === this.#rawSizes[index]) {
        this.#decompress(index, target.subarray(done, done + size)); // whole: straight to its place
      } else {
        const chunk = this.#cache.get(`${this.#id}/${index}`, () => {
          const raw = new Uint8Array(this.#rawSizes[index] as number);
          this.#decompress(index, raw);
          return raw;
        });
        target.set(chunk.subarray(start, start + size), done);
      }
      done += size;
    }
  }

  #decompress(index: number, target: Uint8Array): void {
    const stored = this.#bytes.subarray(this.#offsets[index], this.#offsets[index + 1]);
    if (stored.length === target.length) target.set(stored);
    else decompressBlock(stored, target);
  }

  #file(name: string, [position, size, mode = PLAIN_FILE]: FileEntry): BundledFile {
    const last = this.#rawSizes.length - 1;
    const end = last < 0 ? 0 : last * this.#chunkSize + (this.#rawSizes[last] as number);
    const isSound = position >= 0 && size >= 0 && position + size <= Math.max(end, position);
    if (!isSound || name.includes("/") || isDots(name)) {
      throw new LoaderError(`${name} lies outside`);
    }
    return { bundle: this, position, size, mode };
  }
}

function readHeader(bytes: Uint8Array): [header: Header, chunksStart: number] {
  if (bytes.length < PREAMBLE_SIZE + DIGEST_SIZE) throw new LoaderError("it is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new LoaderError("it does not start with LZ4B");
  const version = view.getUint32(4, true);
  if (version !== VERSION) {
    throw new LoaderError(`its format version is ${version}, this loader reads ${VERSION}`);
  }
  const chunksStart = PREAMBLE_SIZE + view.getUint32(8, true);
  const rawSize = view.getUint32(12, true);
  // LZ4 compresses to 1/255 at best, so a bigger claim is damage and must not allocate.
  if (chunksStart > bytes.length || rawSize > 255 * (chunksStart + 1)) {
    throw new LoaderError("it is truncated");
  }
  const raw = new Uint8Array(rawSize);
  decompressBlock(bytes.subarray(PREAMBLE_SIZE, chunksStart), raw);
  return [JSON.parse(new TextDecoder().decode(raw)) as Header, chunksStart];
}

function plainPath(path: string): string {
  if (path !== "" && path.split("/").some((part) => part === "" || isDots(part))) {
    throw new LoaderError(`${path} lies outside`);
  }
  return path;
}

function isDots(name: string): boolean {
  return name === "." || name === "..";
}
