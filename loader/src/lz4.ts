// How is an LZ4 block decompressed?
//
// This module decompresses it in WebAssembly (lz4.wat), which is several times as fast as
// JavaScript (docs/benchmarks.md). A bundle has blocks without frames (lz4's
// doc/lz4_Block_format.md). A damaged block is an error, never an access out of bounds.

import wasm from "./lz4.wat";

/** A block is damaged or has an unexpected size. */
export class Lz4Error extends Error {
  override name = "Lz4Error";
}

interface Exports {
  memory: WebAssembly.Memory;
  decompress(from: number, sourceSize: number, target: number, targetSize: number): number;
}

/** Meaning of the negative results of lz4.wat, from -1 down. */
const REASONS = [
  "a length runs off the end",
  "literals run off the end",
  "an offset runs off the end",
  "an offset points before the start",
  "a match runs off the end",
];
/** Bytes after source and target that lz4.wat may access. */
const SLACK = 16;
const PAGE_SIZE = 64 * 1024;

let instance: Exports | undefined;

/**
 * Decompress a block. The memory of the module grows to the largest block with its raw data.
 *
 * @param source one LZ4 block
 * @param target receives the raw bytes; its length must be that of the raw data
 * @throws Lz4Error if `source` is damaged or does not fill `target`
 */
export function decompressBlock(source: Uint8Array, target: Uint8Array): void {
  instance ??= instantiate();
  const { memory, decompress } = instance;
  const start = source.length + SLACK;
  const missing = start + target.length + SLACK - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_SIZE));
  const heap = new Uint8Array(memory.buffer);
  heap.set(source);
  const size = decompress(0, source.length, start, target.length);
  if (size < 0) throw new Lz4Error(REASONS[-1 - size]);
  if (size !== target.length) throw new Lz4Error(`${size} bytes instead of ${target.length}`);
  target.set(heap.subarray(start, start + size));
}

/** Synchronous, which browsers allow on the main thread for a module of this size (under 4 KB). */
function instantiate(): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
}
