// How is a bundle mounted when its bytes are fetched on demand?
//
// This module fetches the head (docs/reference/bundle-format.md), which has the position of each
// file, and reads the rest synchronously when the interpreter opens a file: with synchronous
// requests, in Node from the disk.

import type { ChunkFile } from "./chunks.js";
import { LoaderError, reason, UnreachableError } from "./errors.js";
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
 * @returns the verified head, and the file; null if the file must be fetched whole
 * @throws LoaderError if the server or the network fails; the signal's reason
 */
export async function openPartial(
  url: string,
  { size, head_size: headSize, head_sha256: headSha256 }: BundleLocation,
  { ranges, fetcher, signal, addFile }: PartialOptions,
): Promise<{ head: Uint8Array; file: PartialFile } | null> {
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
  const file = new PartialFile(url, size, ranges);
  file.add(0, start);
  return { head, file };
}

/** A file that is read block by block, until all of it arrives. */
export class PartialFile implements ChunkFile {
  readonly #block: number;
  #hasBlock: boolean[] = [];
  /** Allocated for the first block: the bundle may not confirm the size. */
  #bytes: Uint8Array | undefined;
  #isVerified = false;

  constructor(
    readonly url: string,
    readonly size: number,
    readonly ranges: Ranges,
  ) {
    this.#block = ranges.block ?? BLOCK;
  }

  get isVerified(): boolean {
    return this.#isVerified;
  }

  /** Receive the whole file, which has been verified. */
  complete(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#isVerified = true;
  }

  read(offset: number, size: number): Uint8Array {
    if (!this.#isVerified) this.#require(offset, offset + size - 1);
    return (this.#bytes as Uint8Array).subarray(offset, offset + size);
  }

  /** Fetch the missing blocks of the bytes from `start` to `end`. */
  #require(start: number, end: number): void {
    let first = Math.floor(start / this.#block);
    let last = Math.floor(end / this.#block);
    while (first <= last && this.#hasBlock[first]) first++;
    while (first <= last && this.#hasBlock[last]) last--;
    if (first <= last) this.#fetch(first * this.#block, (last + 1) * this.#block);
  }

  /** Add received bytes. */
  add(start: number, bytes: Uint8Array): void {
    this.#bytes ??= new Uint8Array(this.size); // the system allocates its pages when they are used
    this.#bytes.set(bytes, start);
    const end = start + bytes.length;
    for (let index = start / this.#block; index * this.#block < end; index++) {
      this.#hasBlock[index] = true;
    }
  }

  #fetch(start: number, blockEnd: number): void {
    const end = Math.min(blockEnd, this.size);
    const part = this.#request(start, end - start);
    const isWhole = part.start === 0 && part.bytes.length === this.size;
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
        return this.ranges.read(this.url, start, size);
      } catch (error) {
        if (attempt < ATTEMPTS) continue; // without a pause: the call is synchronous
        throw new UnreachableError(
          `${this.url} cannot be read any more: ${reason(error)}. Check the network.`,
          { cause: error },
        );
      }
    }
  }
}

const isPage = "window" in globalThis;

/** The synchronous reads of this worker or process; null in a page, which must not block. */
export async function openRanges(): Promise<Ranges | null> {
  return isPage ? null : openReads();
}

/**
 * The synchronous reads of this page, worker or process; null if it has none.
 *
 * Each read of a page blocks the page, and is a warning on the console.
 */
export async function openReads(): Promise<Ranges | null> {
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
  if (isPage) {
    console.warn(`The page waits for a part of ${url}, which has not arrived yet.`);
    // In a page, a synchronous response is text. This encoding keeps each byte (WHATWG Encoding).
    request.overrideMimeType("text/plain; charset=x-user-defined");
  } else {
    request.responseType = "arraybuffer";
  }
  request.setRequestHeader("Range", `bytes=${start}-${start + size - 1}`);
  request.send();
  if (request.status !== 200 && request.status !== 206) {
    throw new Error(`the server answers ${request.status} ${request.statusText}`.trim());
  }
  const bytes = isPage
    ? Uint8Array.from(request.response as string, (character) => character.charCodeAt(0) & 0xff)
    : new Uint8Array(request.response as ArrayBuffer);
  return { start: request.status === 206 ? start : 0, bytes };
}
