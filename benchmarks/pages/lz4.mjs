// Measures the decompression of all chunks of a bundle, in a page or in Node.

const WARM = 10;

/**
 * @param {string} folder URL of the decoders that lz4-build.mjs built
 * @param {string} way script or wasm
 * @param {Uint8Array} bundle its bytes (docs/reference/bundle-format.md)
 * @returns milliseconds of the first pass, including the decoder's start (`cold`), and of the best
 *   pass (`warm`), and the number of decompressed bytes (`raw`)
 */
export async function measure(folder, way, bundle) {
  const { decompressBlock } = await import(`${folder}${way}.mjs`);
  // Another copy, so that the head does not warm up the one that is measured.
  const { decompressBlock: decompressHead } = await import(`${folder}head.mjs`);
  const view = new DataView(bundle.buffer, bundle.byteOffset);
  const start = 16 + view.getUint32(8, true);
  const head = new Uint8Array(view.getUint32(12, true));
  decompressHead(bundle.subarray(16, start), head);
  let at = start;
  /** @type {[block: Uint8Array, raw: number][]} */
  const blocks = [];
  for (const [stored, raw] of JSON.parse(new TextDecoder().decode(head)).chunks) {
    if (stored !== raw) blocks.push([bundle.subarray(at, at + stored), raw]);
    at += stored;
  }
  const pass = () => {
    const from = performance.now();
    for (const [block, raw] of blocks) decompressBlock(block, new Uint8Array(raw));
    return performance.now() - from;
  };
  const cpu = globalThis.process?.cpuUsage();
  const cold = pass();
  const used = globalThis.process?.cpuUsage(cpu);
  return {
    cold,
    ...(used && { cpu: (used.user + used.system) / 1000 }),
    warm: Math.min(...Array.from({ length: WARM }, pass)),
    raw: blocks.reduce((sum, [, raw]) => sum + raw, 0),
  };
}
