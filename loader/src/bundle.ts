// What is in a bundle, and what are the bytes of a file in it?
//
// The format is written down in docs/reference/bundle-format.md.

import { type Archive, findFile, isDots, PLAIN_FILE, plainPath } from "./archive.js";
import { type Chunk, type ChunkCache, ChunkedFile, Chunks } from "./chunks.js";
import { LoaderError, reason } from "./errors.js";
import { decompressBlock } from "./lz4.js";

const MAGIC = 0x42345a4c; // "LZ4B", little endian
const VERSION = 1;
const PREAMBLE_SIZE = 16;
const DIGEST_SIZE = 32;

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

/** A bundle in memory, still compressed. */
export class Bundle implements Archive {
  /** File name of the conda package that it was made from. */
  readonly package: string;
  /** Of that package, in hexadecimal. */
  readonly packageSha256: string;
  readonly directories: ReadonlyMap<string, ReadonlyMap<string, ChunkedFile>>;
  readonly symlinks: ReadonlyMap<string, string>;
  readonly libraries: readonly string[];
  readonly #chunks: Chunks;

  /**
   * @param bytes the bundle file, with the right sha256
   * @param cache shared by all bundles of a loader
   * @throws LoaderError for anything but a sound bundle; the message lacks its name
   */
  constructor(bytes: Uint8Array, cache: ChunkCache) {
    try {
      const [header, chunksStart] = readHeader(bytes);
      const chunks: Chunk[] = [];
      let offset = chunksStart;
      for (const [stored, raw] of header.chunks) {
        if (!(stored > 0 && stored <= raw && raw <= header.chunk_size)) {
          throw new LoaderError("a chunk has an impossible size");
        }
        chunks.push({ offset, stored, raw });
        offset += stored;
      }
      if (offset !== bytes.length - DIGEST_SIZE) throw new LoaderError("it is truncated");
      this.package = header.package;
      this.packageSha256 = header.package_sha256;
      const chunkSize = header.chunk_size;
      this.#chunks = new Chunks({ name: this.package, bytes, chunks, chunkSize, cache });
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

  /** The file at a path. Throws a LoaderError if there is none. */
  find(path: string): ChunkedFile {
    return findFile(this.directories, path);
  }

  #file(name: string, [position, size, mode = PLAIN_FILE]: FileEntry): ChunkedFile {
    const end = Math.max(this.#chunks.size, position);
    const isSound = position >= 0 && size >= 0 && position + size <= end;
    if (!isSound || name.includes("/") || isDots(name)) {
      throw new LoaderError(`${name} lies outside`);
    }
    return new ChunkedFile(this.#chunks, position, size, mode);
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
