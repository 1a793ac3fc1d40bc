// Which files are in a bundle?
//
// This module reads the header of a bundle. docs/reference/bundle-format.md describes the format.

import {
  type Archive,
  findFile,
  isReservedName,
  PLAIN_FILE,
  plainPath,
  plainTarget,
} from "./archive.js";
import {
  type ByteSource,
  type Chunk,
  type ChunkCache,
  ChunkedFile,
  Chunks,
  sourceOf,
} from "./chunks.js";
import { LoaderError, reason } from "./errors.js";
import { decompressBlock } from "./lz4.js";
import { DIGEST_SIZE, sha256Sync, toHex } from "./sha256.js";
import { count, list, mapOf, object, type Shape, shaped, text } from "./shape.js";

const MAGIC = 0x42345a4c; // "LZ4B", little endian
const VERSION = 2;
const PREAMBLE_SIZE = 16;
const MAX_CHUNK_SIZE = 1024 * 1024;
/** LZ4 compresses to 1/255 at best; a header that claims more is damaged and must not allocate. */
const MAX_RATIO = 255;
const ALL_PERMISSIONS = 0o7777;

/** Position and size in raw bytes, and permission bits if they are not 0644. */
type FileEntry = [position: number, size: number, mode?: number];

interface Header {
  package: string;
  package_sha256: string;
  chunk_size: number;
  chunks: [stored: number, raw: number][];
  digests: string;
  directories: Record<string, Record<string, FileEntry>>;
  symlinks: Record<string, string>;
  libraries: string[];
}

/** A list of `least` to `most` whole numbers. */
const numbers =
  (least: number, most: number): Shape =>
  (value) =>
    list(count)(value) ??
    ((value as []).length < least || (value as []).length > most
      ? ` does not have ${least === most ? least : `${least} to ${most}`} numbers`
      : null);

const headerShape = object({
  package: text,
  package_sha256: text,
  chunk_size: count,
  chunks: list(numbers(2, 2)),
  digests: text,
  directories: mapOf(mapOf(numbers(2, 3))),
  symlinks: mapOf(text),
  libraries: list(text),
});

/** A bundle with only its header in memory. */
export interface RemoteBundle {
  source: ByteSource;
  /** Of the whole file, in bytes. */
  size: number;
}

/** A compressed bundle, in memory or read on demand. */
export class Bundle implements Archive {
  /** File name of the conda package that the bundle was made from. */
  readonly package: string;
  /** Of that package, in hexadecimal. */
  readonly packageSha256: string;
  readonly directories: ReadonlyMap<string, ReadonlyMap<string, ChunkedFile>>;
  readonly symlinks: ReadonlyMap<string, string>;
  readonly libraries: readonly string[];
  readonly #chunks: Chunks;

  /**
   * @param bytes the bundle, or its head (up to the first chunk); already verified
   * @param cache shared by all bundles of a loader
   * @param remote the whole file, if `bytes` is only the head; each chunk is verified when read
   * @throws LoaderError for a damaged bundle; the message does not name it
   */
  constructor(bytes: Uint8Array, cache: ChunkCache, remote?: RemoteBundle) {
    const { source, size } = remote ?? { source: sourceOf(bytes), size: bytes.length };
    try {
      const [header, chunksStart] = readHeader(bytes);
      const { chunk_size: chunkSize } = header;
      if (!(chunkSize > 0 && chunkSize <= MAX_CHUNK_SIZE)) {
        throw new LoaderError(`its chunk size of ${chunkSize} bytes is impossible`);
      }
      const chunks: Chunk[] = [];
      let offset = chunksStart;
      for (const [stored, raw] of header.chunks) {
        const maxRaw = Math.min(chunkSize, MAX_RATIO * stored);
        if (!(stored > 0 && stored <= raw && raw <= maxRaw)) {
          throw new LoaderError("a chunk has an impossible size");
        }
        chunks.push({ offset, stored, raw });
        offset += stored;
      }
      if (offset !== size - DIGEST_SIZE) throw new LoaderError("it is truncated");
      const digests = fromBase64(header.digests);
      if (digests.length !== chunks.length * DIGEST_SIZE) {
        throw new LoaderError("its number of digests differs from its number of chunks");
      }
      this.package = header.package;
      this.packageSha256 = header.package_sha256;
      const verify =
        remote && ((index: number, stored: Uint8Array) => check(index, stored, digests));
      this.#chunks = new Chunks({ name: this.package, source, chunks, chunkSize, cache, verify });
      this.directories = new Map(
        Object.entries(header.directories).map(([path, files]) => [
          plainPath(path),
          new Map(Object.entries(files).map(([name, entry]) => [name, this.#file(name, entry)])),
        ]),
      );
      checkDisjoint(this.directories);
      this.symlinks = new Map(
        Object.entries(header.symlinks).map(([path, target]) => [
          plainPath(path),
          plainTarget(path, target),
        ]),
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
    const isInside = position >= 0 && size >= 0 && position + size <= end;
    if (!isInside) throw new LoaderError(`${name} is outside the chunks`);
    if (mode > ALL_PERMISSIONS) throw new LoaderError(`${name} has impossible permissions`);
    if (name === "" || name.includes("/") || isReservedName(name)) {
      throw new LoaderError(`${JSON.stringify(name)} is not a file name`);
    }
    return new ChunkedFile(this.#chunks, position, size, mode);
  }
}

function readHeader(bytes: Uint8Array): [header: Header, chunksStart: number] {
  if (bytes.length < PREAMBLE_SIZE) throw new LoaderError("it is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new LoaderError("it does not start with LZ4B");
  const version = view.getUint32(4, true);
  if (version !== VERSION) {
    throw new LoaderError(`its format version is ${version}, this loader reads ${VERSION}`);
  }
  const stored = view.getUint32(8, true);
  const rawSize = view.getUint32(12, true);
  if (PREAMBLE_SIZE + stored > bytes.length || rawSize > MAX_RATIO * (stored + 1)) {
    throw new LoaderError("it is truncated");
  }
  const raw = new Uint8Array(rawSize);
  decompressBlock(bytes.subarray(PREAMBLE_SIZE, PREAMBLE_SIZE + stored), raw);
  const header: unknown = JSON.parse(new TextDecoder().decode(raw));
  return [shaped<Header>(header, headerShape, "its header"), PREAMBLE_SIZE + stored];
}

function check(index: number, stored: Uint8Array, digests: Uint8Array): void {
  const expected = toHex(digests.subarray(index * DIGEST_SIZE, (index + 1) * DIGEST_SIZE));
  if (sha256Sync(stored) !== expected) {
    throw new LoaderError(`chunk ${index} is not what the bundle's header promises`);
  }
}

/** Throws for files that share bytes: with them, a small bundle could hold any number of files. */
function checkDisjoint(directories: ReadonlyMap<string, ReadonlyMap<string, ChunkedFile>>): void {
  const files = [...directories.values()].flatMap((entries) => [...entries]);
  let end = 0;
  for (const [name, { position, size }] of files.sort(([, a], [, b]) => a.position - b.position)) {
    if (size === 0) continue;
    if (position < end) throw new LoaderError(`${name} shares bytes with another file`);
    end = position + size;
  }
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
