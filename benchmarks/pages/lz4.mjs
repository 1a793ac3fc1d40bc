// How long does it take to decompress all chunks of a bundle? A page and Node run the same.

const WARM = 10;

/**
 * @param folder that of lz4-build.mjs's decoders, as a URL
 * @param way script or wasm
 * @param bundle the bytes of a bundle (docs/reference/bundle-format.md)
 * @returns milliseconds of the first time, with what the decoder needs to start, and of the best, for `raw` bytes
 */
export async function measure(folder, way, bundle) {
  const { decompressBlock } = await import(`${folder}${way}.mjs`);
  const { decompressBlock: decompressHead } = await import(`${folder}head.mjs`); // which warms up another
  const view = new DataView(bundle.buffer, bundle.byteOffset);
  const start = 16 + view.getUint32(8, true);
  const head = new Uint8Array(view.getUint32(12, true));
  decompressHead(bundle.subarray(16, start), head);
  let at = start;
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
