// How does a test make a zstd file?

/** A zstd frame (RFC 8878) of uncompressed blocks: Node 20 has no zstd. */
export function zstd(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(content as string);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), size];
  for (let at = 0; at === 0 || at < bytes.length; at += 1 << 17) {
    const block = bytes.subarray(at, at + (1 << 17));
    const isLast = at + (1 << 17) >= bytes.length ? 1 : 0;
    const header = Buffer.alloc(3);
    header.writeUIntLE(isLast | (block.length << 3), 0, 3);
    parts.push(header, block);
  }
  return new Uint8Array(Buffer.concat(parts));
}
