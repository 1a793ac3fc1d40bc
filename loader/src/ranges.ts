// How is a bundle mounted when its parts are fetched on demand?
//
// This module fetches the head (docs/reference/bundle-format.md), which has the position of each
// file, and reads the rest synchronously when the interpreter opens a file: in a worker with
// synchronous requests, in Node from the disk. In a page, and from hosts without ranges, bundles
// are fetched whole.

import { Bundle } from "./bundle.js";
import type { ByteSource, ChunkCache } from "./chunks.js";
import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import type { BundleLocation } from "./formats.js";
import { sha256 } from "./sha256.js";

/** Reads parts of files synchronously. */
export interface Ranges {
  /** Whether a file at this address can be read. */
  canRead(url: string): boolean;
  /**
   * The bytes from a start on.
   *
   * @returns `start` 0 and the whole file if the host ignores ranges
   * @throws Error if they cannot be read
   */
  read(url: string, start: number, size: number): { start: number; bytes: Uint8Array };
  /** Unit of reads in bytes. Files of at most four blocks are fetched whole. */
  block?: number;
}

export interface PartialOptions {
  ranges: Ranges;
  fetcher: Fetcher;
  cache: ChunkCache;
  signal?: AbortSignal | undefined;
  /** Adds the first part to the progress of the load, as Meter.addFile. */
  addFile: (size: number) => (count: number) => void;
}

/** Bytes; about as many as arrive during one round trip. */
const BLOCK = 256 * 1024;
const ATTEMPTS = 4;

/**
 * Fetch the head of a bundle, and with the same request the start of its files.
 *
 * @returns null if the bundle must be fetched whole
 * @throws LoaderError if the server or the network fails; the signal's reason
 */
export async function openPartial(
  url: string,
  { size, head_size: headSize, head_sha256: headSha256 }: BundleLocation,
  { ranges, fetcher, cache, signal, addFile }: PartialOptions,
): Promise<Bundle | null> {
  const { block = BLOCK } = ranges;
  if (!headSize || !headSha256 || size <= 4 * block || !ranges.canRead(url)) return null;
  const first = Math.min(size, block * (1 + Math.ceil(headSize / block)));
  let start: Uint8Array<ArrayBuffer> | null;
  if (url.startsWith("file:")) {
    start = ranges.read(url, 0, first).bytes.slice();
  } else {
    start = await fetcher.fetch(url, { first, cache: "no-cache", signal });
  }
  if (start?.length !== first) return null;
  const head = start.subarray(0, headSize);
  if ((await sha256(head)) !== headSha256) return null;
  addFile(start.length)(start.length);
  let file: PartialFile;
  const source = { read: (offset: number, count: number) => file.read(offset, count) };
  const bundle = new Bundle(head, cache, { source, size }); // the head confirms the size
  file = new PartialFile(url, size, ranges.read, block);
  file.add(0, start);
  return bundle;
}

/** A file that is read block by block. */
class PartialFile implements ByteSource {
  readonly #bytes: Uint8Array;
  readonly #hasBlock: boolean[] = [];

  constructor(
    readonly url: string,
    size: number,
    readonly readRange: Ranges["read"],
    readonly block: number,
  ) {
    this.#bytes = new Uint8Array(size); // the system allocates its pages on the first write
  }

  read(offset: number, size: number): Uint8Array {
    let first = Math.floor(offset / this.block);
    let last = Math.floor((offset + size - 1) / this.block);
    while (first <= last && this.#hasBlock[first]) first++;
    while (first <= last && this.#hasBlock[last]) last--;
    if (first <= last) this.#fetch(first * this.block, (last + 1) * this.block);
    return this.#bytes.subarray(offset, offset + size);
  }

  /** Add received bytes. */
  add(start: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, start);
    const end = start + bytes.length;
    for (let index = start / this.block; index * this.block < end; index++) {
      this.#hasBlock[index] = true;
    }
  }

  #fetch(start: number, blockEnd: number): void {
    const end = Math.min(blockEnd, this.#bytes.length);
    const part = this.#request(start, end - start);
    const isWhole = part.start === 0 && part.bytes.length === this.#bytes.length;
    if (!isWhole && (part.start !== start || part.bytes.length !== end - start)) {
      throw new LoaderError(
        `${this.url} has other bytes than its channel says. Load the package again.`,
      );
    }
    this.add(part.start, part.bytes);
  }

  #request(start: number, size: number): ReturnType<Ranges["read"]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.readRange(this.url, start, size);
      } catch (error) {
        if (attempt < ATTEMPTS) continue; // without a pause: the call is synchronous
        throw new LoaderError(`${this.url} cannot be read any more: ${reason(error)}`, {
          cause: error,
        });
      }
    }
  }
}

/** The synchronous reads of this worker or process; null in a page, which must not block. */
export async function openRanges(): Promise<Ranges | null> {
  if ("window" in globalThis) return null;
  if ("XMLHttpRequest" in globalThis) {
    return { canRead: (url) => /^https?:/.test(url), read: requestRange };
  }
  if (typeof process !== "object" || !process.versions?.node) return null; // a service worker
  const { closeSync, openSync, readSync } = await import("node:fs");
  return {
    canRead: (url) => url.startsWith("file:"),
    read(url, start, size) {
      const file = openSync(new URL(url), "r");
      try {
        const bytes = new Uint8Array(size);
        return { start, bytes: bytes.subarray(0, readSync(file, bytes, 0, size, start)) };
      } finally {
        closeSync(file);
      }
    },
  };
}

function requestRange(
  url: string,
  start: number,
  size: number,
): { start: number; bytes: Uint8Array } {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.setRequestHeader("Range", `bytes=${start}-${start + size - 1}`);
  request.send();
  if (request.status !== 200 && request.status !== 206) {
    throw new Error(`the server answers ${request.status} ${request.statusText}`.trim());
  }
  const bytes = new Uint8Array(request.response as ArrayBuffer);
  return { start: request.status === 206 ? start : 0, bytes };
}
