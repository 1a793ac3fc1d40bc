// How is one LZ4 block decompressed?
//
// The block format is specified in lz4's doc/lz4_Block_format.md; a bundle holds bare blocks, without
// frames. Everything is checked: a damaged block ends in an error, never in a read or write outside.
// It is done in WebAssembly (lz4.wat), which is several times as fast, cold and warm: docs/benchmarks.md.

import wasm from "./lz4.wat";

/** Thrown for a block that is not LZ4, or that does not have the expected size. */
export class Lz4Error extends Error {
  override name = "Lz4Error";
}

interface Exports {
  memory: WebAssembly.Memory;
  decompress(from: number, sourceSize: number, target: number, targetSize: number): number;
}

/** What the negative results of lz4.wat mean, from -1 on. */
const REASONS = [
  "a length runs off the end",
  "literals run off the end",
  "an offset runs off the end",
  "an offset points before the start",
  "a match runs off the end",
];
/** Bytes behind source and target that lz4.wat may touch. */
const SLACK = 16;
const PAGE_SIZE = 64 * 1024;

let instance: Exports | undefined;

/**
 * Decompress a block. Its memory stays, as large as the largest block and its raw data.
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

/** At once: so small a module may be compiled synchronously on every thread. */
function instantiate(): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
}
