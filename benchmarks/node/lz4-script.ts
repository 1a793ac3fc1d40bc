// Decompresses an LZ4 block in JavaScript. The loader used this decoder before loader/src/lz4.wat.

/** Thrown for a block that is not LZ4, or that does not have the expected size. */
export class Lz4Error extends Error {
  override name = "Lz4Error";
}

const MIN_MATCH = 4;
/** From this length on `set` and `copyWithin` beat a loop in V8 and SpiderMonkey. */
const LONG_COPY = 32;

/**
 * Decompress a block.
 *
 * @param source one LZ4 block
 * @param target receives the raw bytes; its length must be that of the raw data
 * @throws Lz4Error if `source` is damaged or does not fill `target`
 */
export function decompressBlock(source: Uint8Array, target: Uint8Array): void {
  const sourceEnd = source.length;
  const targetEnd = target.length;
  let from = 0;
  let to = 0;
  while (from < sourceEnd) {
    const token = source[from++] as number;

    let literals = token >> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (from >= sourceEnd) throw new Lz4Error("a length runs off the end");
        more = source[from++] as number;
        literals += more;
      } while (more === 255);
    }
    const literalsEnd = from + literals;
    if (literalsEnd > sourceEnd || to + literals > targetEnd) {
      throw new Lz4Error("literals run off the end");
    }
    if (literals > LONG_COPY) {
      target.set(source.subarray(from, literalsEnd), to);
      from = literalsEnd;
      to += literals;
    } else {
      while (from < literalsEnd) target[to++] = source[from++] as number;
    }
    if (from === sourceEnd) break; // the last sequence has literals only

    if (from + 2 > sourceEnd) throw new Lz4Error("an offset runs off the end");
    const offset = (source[from] as number) | ((source[from + 1] as number) << 8);
    from += 2;
    if (offset === 0 || offset > to) throw new Lz4Error("an offset points before the start");

    let length = token & 15;
    if (length === 15) {
      let more: number;
      do {
        if (from >= sourceEnd) throw new Lz4Error("a length runs off the end");
        more = source[from++] as number;
        length += more;
      } while (more === 255);
    }
    length += MIN_MATCH;
    const end = to + length;
    if (end > targetEnd) throw new Lz4Error("a match runs off the end");
    let match = to - offset;
    if (length > LONG_COPY && offset >= length) {
      target.copyWithin(to, match, match + length);
      to = end;
    } else if (length > LONG_COPY && offset === 1) {
      target.fill(target[match] as number, to, end);
      to = end;
    } else {
      while (to < end) target[to++] = target[match++] as number; // may overlap: it repeats
    }
  }
  if (to !== targetEnd) throw new Lz4Error(`${to} bytes instead of ${targetEnd}`);
}
