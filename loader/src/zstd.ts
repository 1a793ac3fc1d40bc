// How is zstd decompressed, whatever a damaged file claims?
//
// This module reads the headers of frames and blocks (RFC 8878) before it decompresses: fzstd
// allocates what a header claims, up to 2 GB.

import { Decompress, decompress } from "fzstd";
import { damage, LoaderError } from "./errors.js";

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const MAX_BLOCK = 1 << 17;
/** The largest window that zstd's own command accepts: 128 MB. */
const MAX_WINDOW_LOG = 27;

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/** What the headers of a file say. */
interface Headers {
  /** Upper bound of the decompressed bytes. */
  bound: number;
  /** Decompressed bytes of the only frame; undefined if unknown. */
  size: number | undefined;
  /** Positions of the window descriptors. */
  windows: number[];
}

/** A growing buffer with a size limit, against decompression bombs. */
export class Unpacked {
  #content: Uint8Array<ArrayBuffer>;
  #size = 0;
  readonly #limit: number;

  /** @param packed bytes of the compressed file */
  constructor(packed: number) {
    this.#limit = limitOf(packed);
    this.#content = new Uint8Array(1 << 16);
  }

  add(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#content.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  addByte(byte: number): void {
    if (this.#size === this.#content.length) this.#reserve(1);
    this.#content[this.#size++] = byte;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#content.subarray(0, this.#size);
  }

  #reserve(count: number): void {
    const size = this.#size + count;
    checkSize(size, this.#limit);
    if (size <= this.#content.length) return;
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(size, 2 * this.#content.length)));
    larger.set(this.bytes);
    this.#content = larger;
  }
}

/**
 * Decompress a file of zstd frames.
 *
 * @throws LoaderError if it is damaged, or too large unpacked
 */
export function unzstd(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { bound, size, windows } = readHeaders(bytes);
  try {
    if (size !== undefined) {
      checkSize(size, limitOf(bytes.length));
      return decompress(bytes, new Uint8Array(size)) as Uint8Array<ArrayBuffer>;
    }
    const input = windows.length > 0 ? bytes.slice() : bytes;
    // A window that is larger than the output is memory and time for nothing.
    const log = Math.max(10, Math.ceil(Math.log2(bound + 1)));
    for (const at of windows) input[at] = Math.min(input[at] as number, (log - 10) << 3);
    const unpacked = new Unpacked(bytes.length);
    new Decompress((chunk) => unpacked.add(chunk)).push(input, true);
    return unpacked.bytes;
  } catch (error) {
    if (error instanceof LoaderError) throw error;
    throw new LoaderError(damage(error), { cause: error });
  }
}

/** Throws a LoaderError for headers that cannot be right. */
function readHeaders(bytes: Uint8Array): Headers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const windows: number[] = [];
  const sizes: (number | undefined)[] = [];
  let bound = 0;
  let at = 0;
  const take = (count: number): number => {
    if (count > bytes.length - at) throw new LoaderError("its zstd data are truncated");
    at += count;
    return at - count;
  };
  while (at < bytes.length) {
    const magic = view.getUint32(take(4), true);
    if ((magic & ~15) >>> 0 === SKIPPABLE) {
      take(view.getUint32(take(4), true));
      continue;
    }
    if (magic !== MAGIC) throw new LoaderError("it is not zstd data");
    const flags = bytes[take(1)] as number;
    const isSingle = (flags & 32) !== 0;
    if (!isSingle) {
      windows.push(at);
      if ((bytes[take(1)] as number) >> 3 > MAX_WINDOW_LOG - 10) {
        throw new LoaderError("its zstd data need a window of more than 128 MB");
      }
    }
    take([0, 1, 2, 4][flags & 3] as number); // the number of a dictionary
    const width = flags >> 6 === 0 ? Number(isSingle) : 1 << (flags >> 6);
    const size = contentSize(view, take(width), width);
    let frameBound = 0;
    for (let isLast = false; !isLast; ) {
      const header = view.getUint16(take(3), true) | ((bytes[at - 1] as number) << 16);
      isLast = (header & 1) !== 0;
      const type = (header >> 1) & 3;
      const blockSize = header >> 3;
      if (type > COMPRESSED || blockSize > MAX_BLOCK) {
        throw new LoaderError("a block of its zstd data has an impossible header");
      }
      take(type === RLE ? 1 : blockSize);
      frameBound += type === RAW || type === RLE ? blockSize : MAX_BLOCK;
    }
    if (flags & 4) take(4); // the checksum
    if (size !== undefined && size > frameBound) {
      throw new LoaderError(`its zstd data claim ${size} bytes, more than their blocks can have`);
    }
    sizes.push(size);
    bound += size ?? frameBound;
  }
  return { bound, size: sizes.length === 1 ? sizes[0] : undefined, windows };
}

/** The size in the header of a frame; undefined if unknown. */
function contentSize(view: DataView, at: number, width: number): number | undefined {
  switch (width) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
    default:
      return undefined;
  }
}

/** The limit of the unpacked size in bytes. */
function limitOf(packed: number): number {
  return Math.min(1 << 30, Math.max(1 << 26, 500 * packed));
}

function checkSize(size: number, limit: number): void {
  if (size > limit) throw new LoaderError(`it is larger than ${limit} bytes unpacked`);
}
