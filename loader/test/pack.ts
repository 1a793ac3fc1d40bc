// How does a test make a bundle?
//
// This module is an independent, simple writer of docs/reference/bundle-format.md.

import { createHash } from "node:crypto";

export interface Contents {
  files: Record<string, Uint8Array>;
  modes?: Record<string, number>;
  symlinks?: Record<string, string>;
  libraries?: string[];
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
  const paths = Object.keys(contents.files).filter((path) => !libraries.includes(path));
  for (const path of [...paths, ...libraries]) {
    if (libraries.includes(path) && open.length > 0) seal();
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
    },
    chunks,
  );
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
  preamble.setUint32(4, 2, true);
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
