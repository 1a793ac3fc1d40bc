import fc from "fast-check";
import { expect, test } from "vitest";
import { Bundle } from "../src/bundle.js";
import { ChunkCache } from "../src/chunks.js";
import { tree } from "./arbitrary.js";
import { loaderError } from "./errors.js";
import { assemble, type Contents, digests, headOf, pack } from "./pack.js";

const cache = new ChunkCache();

function readAll(bundle: Bundle): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const [folder, entries] of bundle.directories) {
    for (const [name, file] of entries) {
      const path = folder ? `${folder}/${name}` : name;
      files[path] = new Uint8Array(file.size);
      file.read(0, files[path]);
    }
  }
  return files;
}

test("any tree is read as it was packed, with any chunk size", () => {
  fc.assert(
    fc.property(tree, fc.integer({ min: 1, max: 500 }), (contents, chunkSize) => {
      const bundle = new Bundle(pack(contents, chunkSize), cache);
      expect(readAll(bundle)).toEqual(contents.files);
      expect(bundle.libraries).toEqual(contents.libraries);
    }),
  );
});

test("any part of a file can be read", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
  const bundle = new Bundle(pack({ files: { "a/b": bytes } }, 64), cache);
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const part = new Uint8Array(end - start);
      bundle.find("a/b").read(start, part);
      expect(part).toEqual(bytes.subarray(start, end));
    }),
  );
});

const small: Contents = {
  files: {
    "lib/a.py": new TextEncoder().encode("print('a')\n".repeat(9)),
    "lib/x.so": Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]),
  },
  symlinks: { "lib/y.so": "x.so" },
  libraries: ["lib/x.so"],
};

test("every truncation is refused", () => {
  const bytes = pack(small);
  for (let size = 0; size < bytes.length; size++) {
    expect(() => new Bundle(bytes.slice(0, size), cache), `${size} bytes`).toThrow(loaderError);
  }
});

test("every flipped bit ends in a LoaderError, an Lz4Error or wrong bytes", () => {
  const bytes = pack(small);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    try {
      readAll(new Bundle(damaged, new ChunkCache()));
    } catch (error) {
      expect(["LoaderError", "Lz4Error"]).toContain((error as Error).name);
    }
  }
});

test.each([
  ["a file outside the chunks", { directories: { lib: { a: [0, 99] } } }],
  ["a negative position", { directories: { lib: { a: [-1, 1] } } }],
  ["a folder that climbs out", { directories: { "../lib": { a: [0, 1] } } }],
  ["an absolute folder", { directories: { "/lib": { a: [0, 1] } } }],
  ["a file name with a slash", { directories: { lib: { "../a": [0, 1] } } }],
  ["a link that is called ..", { symlinks: { "lib/..": "x" } }],
  ["a library that is not there", { libraries: ["lib/none.so"] }],
  ["a chunk that grows when compressed", { chunks: [[9, 8]] }],
  ["a chunk that is larger than chunks are", { chunks: [[8, 65]] }],
  ["no chunks", { chunks: null }],
  ["a chunk without a digest", { digests: "" }],
  ["chunks of a gigabyte", { chunk_size: 1 << 30 }],
  ["a chunk that grows 300 times", { chunk_size: 4096, chunks: [[8, 2400]] }],
  ["files that share bytes", { directories: { lib: { a: [0, 8], b: [7, 1] } } }],
  ["a link that leads outside", { symlinks: { "lib/x": "../../etc" } }],
  ["an absolute link", { symlinks: { "lib/x": "/etc" } }],
  [
    "a file that would be an object's prototype",
    { directories: { lib: { ["__proto__"]: [0, 8] } } },
  ],
])("%s is refused", (_, change) => {
  const header = {
    package: "test-1-0.conda",
    package_sha256: "",
    chunk_size: 64,
    chunks: [[8, 8]],
    digests: digests([new Uint8Array(8)]),
    directories: { lib: { a: [0, 8] } },
    symlinks: {},
    libraries: [],
  };
  const chunk = new Uint8Array(8);
  expect(readAll(new Bundle(assemble(header, [chunk]), cache))).toEqual({ "lib/a": chunk });
  const changed = assemble({ ...header, ...change }, [chunk]);
  expect(() => new Bundle(changed, cache)).toThrow(/the bundle is damaged: /);
});

test("another format version is refused by its number", () => {
  const bytes = pack(small);
  bytes[4] = 7;
  expect(() => new Bundle(bytes, cache)).toThrow(/format version is 7, this loader reads 2/);
});

test("the cache keeps the last used chunks and stays within its limit", () => {
  const bounded = new ChunkCache(100);
  let decompressed = 0;
  const use = (key: string): void => {
    bounded.get(key, () => {
      decompressed++;
      return new Uint8Array(40);
    });
  };
  for (const key of ["a", "b", "a", "c", "a"]) use(key);
  expect([decompressed, bounded.size]).toEqual([3, 80]);
  use("b"); // was dropped when "c" was added
  expect([decompressed, bounded.size]).toEqual([4, 80]);
});

test("with only the head in memory, each read is one verified request", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => (index * index) % 251);
  const whole = pack({ files: { "a/b": bytes } }, 64);
  const reads: [number, number][] = [];
  const served = whole.slice();
  const remote = {
    size: whole.length,
    isVerified: false,
    read: (offset: number, size: number) => {
      reads.push([offset, size]);
      return served.subarray(offset, offset + size);
    },
  };
  const bundle = new Bundle(headOf(whole).slice(), new ChunkCache(), [remote]);
  const part = new Uint8Array(300);
  bundle.find("a/b").read(100, part);
  expect(part).toEqual(bytes.subarray(100, 400));
  expect(reads).toHaveLength(1);
  bundle.find("a/b").read(100, new Uint8Array(20));
  expect(reads).toHaveLength(1); // from the cache
  served[whole.length - 40] = (served[whole.length - 40] as number) ^ 1;
  expect(() => bundle.find("a/b").read(900, new Uint8Array(100))).toThrow(/chunk 15 is not what/);
});

test("random headers end in a bundle or a LoaderError", () => {
  const chunk = new Uint8Array(8);
  const header = {
    package: "test-1-0.conda",
    package_sha256: "",
    chunk_size: 64,
    chunks: [[8, 8]],
    digests: digests([chunk]),
    directories: { lib: { a: [0, 8] } },
    symlinks: {},
    libraries: [],
  };
  const key = fc.constantFrom(...Object.keys(header));
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue(), { minKeys: 1 }), (change) => {
      try {
        readAll(new Bundle(assemble({ ...header, ...change }, [chunk]), new ChunkCache()));
      } catch (error) {
        expect(error).toEqual(loaderError);
      }
    }),
    { numRuns: 2000 },
  );
});
