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
  type Chunk,
  type ChunkCache,
  ChunkedFile,
  type ChunkFile,
  Chunks,
  verifiedFile,
} from "./chunks.js";
import { LoaderError, reason } from "./errors.js";
import { decompressBlock } from "./lz4.js";
import { DIGEST_SIZE, sha256Sync, toHex } from "./sha256.js";
import { count, list, mapOf, object, optional, type Shape, shaped, text } from "./shape.js";

const MAGIC = 0x42345a4c; // "LZ4B", little endian
/** The version of a bundle in parts, whose header has `parts`. */
const VERSION = 3;
const WHOLE_VERSION = 2;
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
  /** Number of chunks in each part. */
  parts?: number[];
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
  parts: optional(numbers(2, Number.POSITIVE_INFINITY)),
});

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
  /** Position after each part; empty if the bundle has no parts. */
  readonly #ends: readonly number[];

  /**
   * @param bytes the bundle, or a start of it that contains the head; already verified
   * @param cache shared by all bundles of a loader
   * @param files the bundle as one file, or its parts
   * @throws LoaderError for a damaged bundle; the message does not name it
   */
  constructor(
    bytes: Uint8Array,
    cache: ChunkCache,
    files: readonly ChunkFile[] = [verifiedFile(bytes)],
  ) {
    try {
      const [header, headSize] = readHeader(bytes);
      const { chunk_size: chunkSize } = header;
      if (!(chunkSize > 0 && chunkSize <= MAX_CHUNK_SIZE)) {
        throw new LoaderError(`its chunk size of ${chunkSize} bytes is impossible`);
      }
      const chunks = chunksIn(files, header, headSize);
      const digests = fromBase64(header.digests);
      if (digests.length !== chunks.length * DIGEST_SIZE) {
        throw new LoaderError("its number of digests differs from its number of chunks");
      }
      this.package = header.package;
      this.packageSha256 = header.package_sha256;
      const verify = (index: number, stored: Uint8Array) => check(index, stored, digests);
      this.#chunks = new Chunks({ name: this.package, chunks, chunkSize, cache, verify });
      this.#ends = endsOf(header.parts ?? []).map((chunk) => chunk * chunkSize);
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
      for (const path of this.libraries) {
        const { position, size } = this.find(path);
        if (size > 0 && this.#partOf(position) > 0) {
          throw new LoaderError(`the side module ${path} is not in the first part`);
        }
      }
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
    if (this.#partOf(position) !== this.#partOf(position + Math.max(size - 1, 0))) {
      throw new LoaderError(`${name} is in two parts`);
    }
    return new ChunkedFile(this.#chunks, position, size, mode);
  }

  #partOf(position: number): number {
    const part = this.#ends.findIndex((end) => position < end);
    return part < 0 ? this.#ends.length : part;
  }
}

/** The chunks of a bundle, which is one file or has a file for each part. */
function chunksIn(
  files: readonly ChunkFile[],
  { chunk_size: chunkSize, chunks: table, parts = [] }: Header,
  headSize: number,
): Chunk[] {
  const ends = endsOf(parts);
  if (parts.some((count) => count === 0) || (ends.at(-1) ?? table.length) !== table.length) {
    throw new LoaderError("its parts do not have its chunks");
  }
  if (files.length > 1 && files.length !== parts.length) {
    throw new LoaderError(`it has ${parts.length || 1} parts, not ${files.length}`);
  }
  const chunks: Chunk[] = [];
  let offset = headSize;
  let number = 0;
  const file = (): ChunkFile => files[number] as ChunkFile;
  for (const [stored, raw] of table) {
    const maxRaw = Math.min(chunkSize, MAX_RATIO * stored);
    if (!(stored > 0 && stored <= raw && raw <= maxRaw)) {
      throw new LoaderError("a chunk has an impossible size");
    }
    if (files.length > 1 && chunks.length === ends[number]) {
      if (offset !== file().size) throw new LoaderError("it is truncated");
      number++;
      offset = 0;
    }
    chunks.push({ file: file(), offset, stored, raw });
    offset += stored;
  }
  if (offset !== file().size - DIGEST_SIZE) throw new LoaderError("it is truncated");
  return chunks;
}

/** The number of chunks up to the end of each part. */
function endsOf(parts: readonly number[]): number[] {
  let end = 0;
  return parts.map((count) => {
    end += count;
    return end;
  });
}

function readHeader(bytes: Uint8Array): [header: Header, chunksStart: number] {
  if (bytes.length < PREAMBLE_SIZE) throw new LoaderError("it is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new LoaderError("it does not start with LZ4B");
  const version = view.getUint32(4, true);
  if (version !== VERSION && version !== WHOLE_VERSION) {
    throw new LoaderError(
      `its format version is ${version}, this loader reads ${WHOLE_VERSION} and ${VERSION}`,
    );
  }
  const stored = view.getUint32(8, true);
  const rawSize = view.getUint32(12, true);
  if (PREAMBLE_SIZE + stored > bytes.length || rawSize > MAX_RATIO * (stored + 1)) {
    throw new LoaderError("it is truncated");
  }
  const raw = new Uint8Array(rawSize);
  decompressBlock(bytes.subarray(PREAMBLE_SIZE, PREAMBLE_SIZE + stored), raw);
  const json: unknown = JSON.parse(new TextDecoder().decode(raw));
  const header = shaped<Header>(json, headerShape, "its header");
  if ((header.parts !== undefined) !== (version === VERSION)) {
    throw new LoaderError(`its parts do not fit its format version ${version}`);
  }
  return [header, PREAMBLE_SIZE + stored];
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
