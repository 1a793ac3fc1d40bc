// How is a part of a compressed file read?
//
// This module reads bytes that are stored in independently compressed LZ4 chunks, through a cache
// of decompressed chunks.

import type { ArchivedFile } from "./archive.js";
import { LoaderError } from "./errors.js";
import { decompressBlock } from "./lz4.js";

/** A bounded cache of the last used chunks of all packages (LRU). */
export class ChunkCache {
  readonly #chunks = new Map<string, Uint8Array>();
  readonly #limit: number;
  #size = 0;
  #users = 0;

  /** @param limit in bytes */
  constructor(limit = 4 * 1024 * 1024) {
    this.#limit = limit;
  }

  /** Bytes in the cache. */
  get size(): number {
    return this.#size;
  }

  /** A number for the keys of one user. (A build has several copies of this module's variables.) */
  addUser(): number {
    return this.#users++;
  }

  get(key: string, decompress: () => Uint8Array): Uint8Array {
    let chunk = this.#chunks.get(key);
    if (chunk) {
      this.#chunks.delete(key); // added again below, as the newest
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

/** A synchronous source of stored bytes: the interpreter blocks on each read. */
export interface ByteSource {
  /**
   * The bytes at an offset.
   *
   * @throws Error if they cannot be read
   */
  read(offset: number, size: number): Uint8Array;
}

/** A file that contains chunks. */
export interface ChunkFile extends ByteSource {
  /** In bytes. */
  readonly size: number;
  /** Whether the whole file is verified. Otherwise each chunk is verified when it is read. */
  readonly isVerified: boolean;
}

/** A verified file in memory. */
export function verifiedFile(bytes: Uint8Array): ChunkFile {
  const read = (offset: number, size: number) => bytes.subarray(offset, offset + size);
  return { size: bytes.length, isVerified: true, read };
}

/** The place of a chunk. With equal sizes the chunk is not compressed. */
export interface Chunk {
  file: ChunkFile;
  /** In the file. */
  offset: number;
  /** Stored size in bytes. */
  stored: number;
  /** Raw size in bytes. */
  raw: number;
}

export interface ChunksOptions {
  /** Name for messages. */
  name: string;
  /** In order. Those of one file are adjacent. */
  chunks: readonly Chunk[];
  /** Distance of chunks in raw bytes; a shorter chunk is followed by a gap. */
  chunkSize: number;
  cache: ChunkCache;
  /** Throws if the stored bytes of a chunk are damaged; for files that are not verified. */
  verify?: (index: number, stored: Uint8Array) => void;
}

/** Compressed bytes. */
export class Chunks {
  readonly #user: number;
  readonly #options: ChunksOptions;

  constructor(options: ChunksOptions) {
    this.#options = options;
    this.#user = options.cache.addUser();
  }

  /** Raw bytes, with the gaps after short chunks. */
  get size(): number {
    const { chunks, chunkSize } = this.#options;
    return chunks.length === 0 ? 0 : (chunks.length - 1) * chunkSize + (chunks.at(-1)?.raw ?? 0);
  }

  /** Read a first byte, if a failure of the network can prevent this. Throws as `read`. */
  open(position: number): void {
    const { chunks, chunkSize } = this.#options;
    const chunk = chunks[Math.floor(position / chunkSize)];
    if (chunk && !chunk.file.isVerified) this.read(position, new Uint8Array(1));
  }

  /**
   * Decompress a part of the raw bytes, whose chunks are in one file.
   *
   * @param position of the first byte
   * @param target is filled to its end
   * @throws Error if the chunks are damaged, cannot be read or end before `target` is full
   */
  read(position: number, target: Uint8Array): void {
    const { name, chunks, chunkSize, cache } = this.#options;
    const last = Math.floor((position + target.length - 1) / chunkSize);
    const stored = this.#reader(last);
    let done = 0;
    while (done < target.length) {
      const index = Math.floor((position + done) / chunkSize);
      const start = (position + done) % chunkSize;
      const chunk = chunks[index];
      const size = Math.min((chunk?.raw ?? 0) - start, target.length - done);
      if (!chunk || size <= 0) throw new LoaderError(`chunk ${index} of ${name} ends too early`);
      const part = target.subarray(done, done + size);
      if (size === chunk.raw) {
        decompress(stored(index), part); // a whole chunk needs no cache
      } else {
        const whole = cache.get(`${this.#user}/${index}`, () => {
          const raw = new Uint8Array(chunk.raw);
          decompress(stored(index), raw);
          return raw;
        });
        part.set(whole.subarray(start, start + size));
      }
      done += size;
    }
  }

  /** Returns the stored bytes of chunks up to `last`. The first call reads them all at once. */
  #reader(last: number): (index: number) => Uint8Array {
    const { chunks, verify } = this.#options;
    let run: Uint8Array | undefined;
    let runStart = 0;
    return (index) => {
      const { file, offset, stored } = chunks[index] as Chunk;
      if (!run) {
        const end = chunks[Math.min(last, chunks.length - 1)] as Chunk;
        runStart = offset;
        run = file.read(offset, end.offset + end.stored - offset);
      }
      const block = run.subarray(offset - runStart, offset - runStart + stored);
      if (!file.isVerified) verify?.(index, block);
      return block;
    };
  }
}

function decompress(block: Uint8Array, target: Uint8Array): void {
  if (block.length === target.length) target.set(block);
  else decompressBlock(block, target);
}

/** A file with compressed contents. */
export class ChunkedFile implements ArchivedFile {
  constructor(
    readonly chunks: Chunks,
    /** First raw byte. */
    readonly position: number,
    readonly size: number,
    readonly mode: number,
  ) {}

  open(): void {
    if (this.size > 0) this.chunks.open(this.position);
  }

  read(start: number, target: Uint8Array): void {
    this.chunks.read(this.position + start, target);
  }
}
