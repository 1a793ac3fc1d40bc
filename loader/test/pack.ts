// How does a test make a bundle?
//
// This module is an independent, simple writer of docs/reference/bundle-format.md.

import { createHash } from "node:crypto";
import { decompressBlock } from "../src/lz4.js";

export interface Contents {
  files: Record<string, Uint8Array>;
  modes?: Record<string, number>;
  symlinks?: Record<string, string>;
  libraries?: string[];
  /** The paths of the files in each further part. */
  late?: string[][];
}

/**
 * The bytes of a bundle.
 *
 * @param chunkSize in bytes
 * @param packageFile file name of the conda package
 */
export function pack(
  contents: Contents,
  chunkSize = 64,
  packageFile = "test-1-0.conda",
): Uint8Array<ArrayBuffer> {
  const libraries = contents.libraries ?? [];
  const chunks: Uint8Array[] = [];
  const table: [number, number][] = [];
  const directories: Record<string, Record<string, number[]>> = {};
  let open: number[] = [];
  const seal = (): void => {
    const raw = Uint8Array.from(open);
    open = [];
    const packed = compress(raw);
    const stored = packed.length < raw.length ? packed : raw;
    chunks.push(stored);
    table.push([stored.length, raw.length]);
  };
  const { late = [] } = contents;
  const isFirst = (path: string) => !libraries.includes(path) && !late.flat().includes(path);
  const paths = Object.keys(contents.files).filter(isFirst);
  const starts = late.map(([first]) => first);
  /** The number of chunks before each further part. */
  const ends: number[] = [];
  for (const path of [...paths, ...libraries, ...late.flat()]) {
    if ((libraries.includes(path) || starts.includes(path)) && open.length > 0) seal();
    if (starts.includes(path)) ends.push(chunks.length);
    const content = contents.files[path] as Uint8Array;
    const entry = [chunks.length * chunkSize + open.length, content.length];
    for (const byte of content) {
      open.push(byte);
      if (open.length === chunkSize) seal();
    }
    const mode = contents.modes?.[path];
    if (mode !== undefined) entry.push(mode);
    const slash = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(slash, 0));
    directories[folder] ??= {};
    directories[folder][path.slice(slash + 1)] = entry;
  }
  if (open.length > 0) seal();
  return assemble(
    {
      package: packageFile,
      package_sha256: "0".repeat(64),
      chunk_size: chunkSize,
      chunks: table,
      digests: digests(chunks),
      directories,
      symlinks: contents.symlinks ?? {},
      libraries,
      ...(late.length > 0 && {
        parts: [...ends, chunks.length].map((end, i) => end - (ends[i - 1] ?? 0)),
      }),
    },
    chunks,
  );
}

/** The parts of a bundle. */
export function partsOf(bundle: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const head = headOf(bundle);
  const raw = new Uint8Array(new DataView(bundle.buffer, bundle.byteOffset).getUint32(12, true));
  decompressBlock(head.subarray(16), raw);
  const { chunks, parts = [chunks.length] } = JSON.parse(new TextDecoder().decode(raw));
  let start = 0;
  let end = head.length;
  const stored: number[] = chunks.map(([size]: [number]) => size);
  return parts.map((count: number, index: number) => {
    for (const size of stored.splice(0, count)) end += size;
    const part = bundle.slice(start, index === parts.length - 1 ? undefined : end);
    start = end;
    return part;
  });
}

/** The part of a bundle before its first chunk. */
export function headOf(bundle: Uint8Array): Uint8Array {
  const view = new DataView(bundle.buffer, bundle.byteOffset);
  return bundle.subarray(0, 16 + view.getUint32(8, true));
}

/** The digests of chunks, as in the header. */
export function digests(chunks: Uint8Array[]): string {
  const all = chunks.map((chunk) => createHash("sha256").update(chunk).digest());
  return Buffer.concat(all).toString("base64");
}

/** A bundle with any header, valid or not. */
export function assemble(header: unknown, chunks: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const raw = new TextEncoder().encode(JSON.stringify(header));
  const packed = compress(raw);
  const preamble = new DataView(new ArrayBuffer(16));
  preamble.setUint32(0, 0x42345a4c, true);
  const isInParts = typeof header === "object" && header !== null && "parts" in header;
  preamble.setUint32(4, isInParts ? 3 : 2, true);
  preamble.setUint32(8, packed.length, true);
  preamble.setUint32(12, raw.length, true);
  const body = concat([new Uint8Array(preamble.buffer), packed, ...chunks]);
  return concat([body, createHash("sha256").update(body).digest()]);
}

/** A simple LZ4 block compressor: greedy, with the last match of four bytes. */
export function compress(raw: Uint8Array): Uint8Array {
  const out: number[] = [];
  const seen = new Map<string, number>();
  let literalStart = 0;
  const sequence = (literalEnd: number, offset: number, matchLength: number): void => {
    const literals = literalEnd - literalStart;
    const match = offset ? matchLength - 4 : 0;
    out.push((Math.min(literals, 15) << 4) | Math.min(match, 15));
    if (literals >= 15) extend(literals - 15);
    for (const byte of raw.subarray(literalStart, literalEnd)) out.push(byte);
    if (!offset) return;
    out.push(offset & 255, offset >> 8);
    if (match >= 15) extend(match - 15);
  };
  const extend = (rest: number): void => {
    let left = rest;
    for (; left >= 255; left -= 255) out.push(255);
    out.push(left);
  };
  // In the format the last five bytes are literals, and no match starts in the last twelve.
  for (let at = 0; at < raw.length - 12; ) {
    const key = raw.subarray(at, at + 4).join();
    const before = seen.get(key);
    seen.set(key, at);
    if (before === undefined || at - before > 65535) {
      at++;
      continue;
    }
    let length = 4;
    while (at + length < raw.length - 5 && raw[before + length] === raw[at + length]) length++;
    sequence(at, at - before, length);
    at += length;
    literalStart = at;
  }
  sequence(raw.length, 0, 0);
  return Uint8Array.from(out);
}

export function concat(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
