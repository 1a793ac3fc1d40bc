// How is a bundle used of which only those parts are fetched that are opened?
//
// Its head (docs/reference/bundle-format.md) comes first and says where each file is. From then on the interpreter
// waits for what it opens, so that it must come at once: in a worker by synchronous requests, in Node from the
// disk. On a page it cannot, and from a host without ranges it does not: there packages are fetched whole.

import { Bundle } from "./bundle.js";
import type { BundleLocation } from "./channel.js";
import type { ByteSource, ChunkCache } from "./chunks.js";
import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import { sha256 } from "./sha256.js";

/** Reads parts of files at once. */
export interface Ranges {
  /** Whether files at such an address can be read so. */
  canRead(url: string): boolean;
  /**
   * The bytes from a start on.
   *
   * @returns `start` 0 and the whole file if the host sends nothing less
   * @throws Error if they cannot be had
   */
  read(url: string, start: number, size: number): { start: number; bytes: Uint8Array };
  /** How much is read at a time, in bytes; files of no more than four times that are read whole. */
  block?: number;
}

export interface PartialOptions {
  ranges: Ranges;
  fetcher: Fetcher;
  cache: ChunkCache;
  signal?: AbortSignal | undefined;
  /** Told of the bytes that come before the bundle can be mounted, beforehand. */
  addFile: (size: number) => (count: number) => void;
}

/** Compressed; about as much as comes in the time of a round trip. */
const BLOCK = 256 * 1024;
const ATTEMPTS = 4;

/**
 * Fetch the head of a bundle, for its first files with what follows it.
 *
 * @returns null if the bundle must be fetched whole
 * @throws LoaderError when the server or the network fails for good; the signal's reason
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
  const source = new PartialFile(url, size, ranges.read, block);
  source.add(0, start);
  return new Bundle(head, cache, { source, size });
}

/** A file of which some blocks are there. */
class PartialFile implements ByteSource {
  readonly #bytes: Uint8Array;
  readonly #isThere: boolean[] = [];

  constructor(
    readonly url: string,
    size: number,
    readonly readRange: Ranges["read"],
    readonly block: number,
  ) {
    this.#bytes = new Uint8Array(size); // systems give the memory when it is written to
  }

  read(offset: number, size: number): Uint8Array {
    let first = Math.floor(offset / this.block);
    let last = Math.floor((offset + size - 1) / this.block);
    while (first <= last && this.#isThere[first]) first++;
    while (first <= last && this.#isThere[last]) last--;
    if (first <= last) this.#fetch(first * this.block, (last + 1) * this.block);
    return this.#bytes.subarray(offset, offset + size);
  }

  /** Take bytes that have come. */
  add(start: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, start);
    const end = start + bytes.length;
    for (let index = start / this.block; index * this.block < end; index++) {
      this.#isThere[index] = true;
    }
  }

  #fetch(start: number, blockEnd: number): void {
    const end = Math.min(blockEnd, this.#bytes.length);
    const found = this.#request(start, end - start);
    const isWhole = found.start === 0 && found.bytes.length === this.#bytes.length;
    if (!isWhole && (found.start !== start || found.bytes.length !== end - start)) {
      throw new LoaderError(
        `${this.url} has other bytes than its channel says. Load the package again.`,
      );
    }
    this.add(found.start, found.bytes);
  }

  #request(start: number, size: number): ReturnType<Ranges["read"]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.readRange(this.url, start, size);
      } catch (error) {
        if (attempt < ATTEMPTS) continue; // without a pause: nothing can wait here
        throw new LoaderError(`${this.url} cannot be read any more: ${reason(error)}`, {
          cause: error,
        });
      }
    }
  }
}

/** What this page, worker or process can read at once; null: nothing. */
export async function openRanges(): Promise<Ranges | null> {
  if ("window" in globalThis) return null; // a page must not wait
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
