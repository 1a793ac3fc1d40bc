import fc from "fast-check";
import { expect, test } from "vitest";
import { decompressBlock } from "../src/lz4.js";
import { content } from "./arbitrary.js";
import { lz4Error } from "./errors.js";
import { compress } from "./pack.js";

function decompress(block: Uint8Array, size: number): Uint8Array {
  const raw = new Uint8Array(size);
  decompressBlock(block, raw);
  return raw;
}

test("a compressed block is decompressed to the same bytes", () => {
  fc.assert(
    fc.property(content, (raw) => {
      expect(decompress(compress(raw), raw.length)).toEqual(raw);
    }),
  );
});

test("long runs, long literals and far matches are decompressed", () => {
  const random = Uint8Array.from({ length: 5000 }, (_, index) => (index * index * 31 + index) >> 3);
  const raw = new Uint8Array(64 * 1024);
  raw.set(random, 0);
  raw.set(random, 60_000);
  expect(decompress(compress(raw), raw.length)).toEqual(raw);
});

test("a damaged block gives an Lz4Error and writes nothing outside its target", () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1 });
  fc.assert(
    fc.property(content, flips, fc.nat(), (raw, changes, cut) => {
      const block = compress(raw).slice(0, (cut % 400) + 1);
      for (const [at, mask] of changes)
        block[at % block.length] = (block[at % block.length] ?? 0) ^ mask;
      const room = new Uint8Array(raw.length + 32).fill(0xaa);
      try {
        decompressBlock(block, room.subarray(16, 16 + raw.length));
      } catch (error) {
        expect(error).toEqual(lz4Error);
      }
      expect(room.subarray(0, 16).every((byte) => byte === 0xaa)).toBe(true);
      expect(room.subarray(16 + raw.length).every((byte) => byte === 0xaa)).toBe(true);
    }),
  );
});

test.each([
  ["an empty block for a file that is not", [], 1],
  ["a match before the start", [0x10, 65, 2, 0], 5],
  ["an offset of zero", [0x10, 65, 0, 0], 5],
  ["half an offset", [0x10, 65, 1], 5],
  ["an endless literal length", [0xf0, 255, 255], 9],
  ["an endless match length", [0x1f, 65, 1, 0, 255], 400],
  ["fewer bytes than promised", [0x10, 65], 2],
  ["more bytes than promised", [0x20, 65, 66], 1],
])("%s is refused", (_, block, size) => {
  expect(() => decompress(Uint8Array.from(block), size)).toThrow(lz4Error);
});
