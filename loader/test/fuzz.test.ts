// Does each reader refuse damaged files with a clear error, or read something sound?
//
// CONTRIBUTING.md says how to run these tests with more inputs and other seeds.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { convert, openPackages } from "../src/address-package.js";
import type { Archive } from "../src/archive.js";
import { Bundle } from "../src/bundle.js";
import { Channel } from "../src/channel.js";
import { ChunkCache } from "../src/chunks.js";
import type { Fetcher } from "../src/fetch.js";
import type { PackageRecord } from "../src/formats.js";
import { Loader } from "../src/loader.js";
import { decompressBlock } from "../src/lz4.js";
import { makeChannel } from "./channel.js";
import { modules } from "./modules.js";
import { bounded, expectRefusal, fuzz, jsonMutations, mutations, timeout } from "./mutations.js";
import { python, skippedWithout } from "./needs.js";
import { assemble, type Contents, digests, headOf, pack } from "./pack.js";
import { condaFile } from "./package-files.js";
import { faultsBy } from "./schema.js";
import { tar, withChecksums, zip } from "./tar-zip.js";
import { zstd } from "./zstd.js";

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const platform = "emscripten-wasm32";

const contents: Contents = {
  files: {
    "lib/a.py": text("print('a')\n".repeat(30)),
    "lib/ü/b.bin": Uint8Array.from({ length: 700 }, (_, at) => (at * at) % 251),
    "lib/empty": new Uint8Array(),
    "bin/tool": text("#!/bin/python\n"),
    "lib/x.so": Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]),
  },
  modes: { "bin/tool": 0o755 },
  symlinks: { "lib/y.so": "x.so", "lib/up": "../bin" },
  libraries: ["lib/x.so"],
};

/** Reads everything, and fails for values that the file system could not mount. */
function checkArchive(archive: Archive): void {
  expect(archive.package).toBeTypeOf("string");
  let total = 0;
  for (const [folder, entries] of archive.directories) {
    expect(folder.split("/")).not.toContain("..");
    for (const [name, file] of entries) {
      expect(name).not.toMatch(/^(\.{0,2}|__proto__)$|\//);
      expect(file.mode >= 0 && file.mode <= 0o7777 && Number.isInteger(file.mode)).toBe(true);
      file.read(0, new Uint8Array(file.size));
      total += file.size;
    }
  }
  expect(total).toBeLessThan(200 * 2 ** 20);
  for (const [path, target] of archive.symlinks) {
    expect(path.split("/")).not.toContain("..");
    expect(target).toMatch(/^[^/]/);
  }
  for (const path of archive.libraries) expect(path).toBeTypeOf("string");
}

/** A reader's answer to a damaged file: sound files, or a refusal. */
async function checkReader(bytes: Uint8Array, read: () => Archive | Promise<Archive>) {
  try {
    await bounded(bytes.length, async () => checkArchive(await read()));
  } catch (error) {
    expectRefusal(error, ["LoaderError", "Lz4Error"]);
  }
}

describe("bundles", () => {
  const bytes = pack(contents);
  const view = new DataView(bytes.buffer);
  const chunksStart = 16 + view.getUint32(8, true);

  const open = (damaged: Uint8Array) => new Bundle(damaged, new ChunkCache());

  test("with damaged bytes", { timeout }, () =>
    fuzz(mutations, 250, (mutate) => {
      const damaged = mutate(bytes);
      return checkReader(damaged, () => open(damaged));
    }),
  );

  test("with damaged chunks whose digests are right", { timeout }, () =>
    fuzz(mutations, 150, (mutate) => {
      const header = headerOf(bytes);
      const chunk = mutate(bytes.subarray(chunksStart, -32));
      const sizes: [number, number][] = [];
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const [stored, raw] of header.chunks) {
        const part = chunk.subarray(at, at + stored);
        at += stored;
        if (part.length === 0) break;
        chunks.push(part);
        sizes.push([part.length, raw]);
      }
      const damaged = assemble({ ...header, chunks: sizes, digests: digests(chunks) }, chunks);
      return checkReader(damaged, () => open(damaged));
    }),
  );

  test("with a damaged header of the right size", { timeout }, () => {
    const header = headerOf(bytes);
    const chunk = bytes.subarray(chunksStart, -32);
    return fuzz(jsonMutations, 350, (mutate) => {
      const damaged = assemble(mutate(header), [chunk]);
      return checkReader(damaged, () => open(damaged));
    });
  });

  test("with only the head in memory, and damaged chunks", { timeout }, () =>
    fuzz(mutations, 100, (mutate) => {
      const served = mutate(bytes);
      const remote = {
        size: bytes.length,
        isVerified: false,
        read: (offset: number, size: number) => served.subarray(offset, offset + size),
      };
      return checkReader(bytes, () => new Bundle(headOf(bytes), new ChunkCache(), [remote]));
    }),
  );

  test("by address", { timeout }, () =>
    fuzz(mutations, 150, async (mutate) => {
      const damaged = new Uint8Array(mutate(bytes));
      const fetcher = { store: Promise.resolve(null), fetch: async () => damaged };
      try {
        const [opened] = await openPackages(["http://host/test-1-0.lz4b"], [], {
          platform,
          cache: new ChunkCache(),
          fetcher: fetcher as unknown as Fetcher,
          compile: async () => [],
          scriptGlobals: () => ({}),
        });
        expect(sha256(damaged.subarray(0, -32))).toBe(
          Buffer.from(damaged.slice(-32)).toString("hex"),
        );
        expect(opened?.record.name).toBe("test");
      } catch (error) {
        expectRefusal(error);
        expect((error as Error).message).toContain("http://host/test-1-0.lz4b");
      }
    }),
  );
});

interface Header {
  chunks: [number, number][];
}

function headerOf(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer);
  const raw = new Uint8Array(view.getUint32(12, true));
  decompressBlock(bytes.subarray(16, 16 + view.getUint32(8, true)), raw);
  return JSON.parse(new TextDecoder().decode(raw));
}

describe("conda packages", () => {
  const placeholder = `/${"p".repeat(40)}`;
  const files: Record<string, Uint8Array> = {
    "site-packages/pure.py": text("import pure\n".repeat(20)),
    "bin/script": text(`#!${placeholder}/bin/python\n`),
    "lib/data.bin": text(`\0\0${placeholder}/share\0\0`),
    "lib/x.so": Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]),
  };
  const entry = (path: string, more = {}) => ({
    _path: path,
    path_type: "hardlink",
    sha256: sha256(files[path] as Uint8Array),
    size_in_bytes: files[path]?.length,
    ...more,
  });
  const metadata = {
    index: {
      ...{ name: "pure", version: "1.0", build: "py_0", build_number: 0, subdir: "noarch" },
      ...{ depends: ["python >=3.13"], noarch: "python" },
    },
    paths: {
      paths: [
        entry("site-packages/pure.py"),
        entry("bin/script", { prefix_placeholder: placeholder, file_mode: "text" }),
        entry("lib/data.bin", { prefix_placeholder: placeholder, file_mode: "binary" }),
        entry("lib/x.so"),
        { _path: "lib/y.so", path_type: "softlink" },
        { _path: "share/empty", path_type: "directory" },
      ],
      paths_version: 1,
    },
    link: { noarch: { type: "python", entry_points: ["tool = pure:main"] } },
  };
  type Metadata = typeof metadata;
  const links = { "lib/y.so": "x.so" };

  const infoOf = ({ index, paths, link }: Partial<Metadata>): Record<string, Uint8Array> => ({
    "info/index.json": text(JSON.stringify(index ?? null)),
    "info/paths.json": text(JSON.stringify(paths ?? null)),
    "info/link.json": text(JSON.stringify(link ?? null)),
  });
  const conda = (info: Uint8Array, pkg: Uint8Array): Uint8Array<ArrayBuffer> =>
    zip({
      "metadata.json": text('{"conda_pkg_format_version": 2}'),
      "pkg-p.tar.zst": pkg,
      "info-p.tar.zst": info,
    });
  const info = tar(infoOf(metadata));
  const pkg = tar(files, links);
  const whole = conda(zstd(info), zstd(pkg));

  const check = async (bytes: Uint8Array): Promise<void> => {
    const plain = new Uint8Array(bytes);
    const record = { sha256: sha256(plain) } as PackageRecord;
    await checkReader(plain, () => convert(plain, record, "3.13"));
  };

  test("that are sound are read", async () => {
    const archive = await convert(whole, { sha256: "" } as PackageRecord, "3.13");
    expect([...archive.directories.keys()]).toContain("lib/python3.13/site-packages");
    expect(archive.libraries).toEqual(["lib/x.so"]);
  });

  test("with damaged bytes", { timeout }, () =>
    fuzz(mutations, 250, (mutate) => check(mutate(whole))),
  );

  test("with damaged tar files", { timeout }, () =>
    fuzz(fc.tuple(mutations, fc.boolean()), 300, ([mutate, isInfo]) => {
      const damaged = withChecksums(mutate(isInfo ? info : pkg));
      return check(isInfo ? conda(zstd(damaged), zstd(pkg)) : conda(zstd(info), zstd(damaged)));
    }),
  );

  test("with damaged metadata", { timeout }, () =>
    fuzz(jsonMutations, 250, (mutate) => {
      const changed = mutate(metadata) as Partial<Metadata> | null;
      return check(conda(zstd(tar(infoOf(changed ?? {}))), zstd(pkg)));
    }),
  );

  describe.skipIf(skippedWithout(existsSync(python), ".venv from `make`"))("of Python", () => {
    const packageOf = { index: metadata.index, files, symlinks: links, level: 1 };

    test("with damaged compressed zstd data", { timeout }, () => {
      const made = condaFile(packageOf, "conda");
      return fuzz(mutations, 200, (mutate) => check(mutate(made)));
    });

    test("in .tar.bz2 files with damaged bytes", { timeout }, () => {
      const made = condaFile(packageOf, "tar.bz2");
      return fuzz(mutations, 1000, (mutate) => check(mutate(made)));
    });
  });
});

describe("locks", () => {
  const channel = makeChannel(
    [
      { name: "python", version: "3.13.5", contents: { files: { "lib/os.py": text("os") } } },
      { name: "six", version: "1.17", depends: ["python"], contents: null, subdir: "noarch" },
    ],
    ["python"],
    ["six"],
  );
  const json = (path: string): unknown => JSON.parse(new TextDecoder().decode(channel.get(path)));
  const channelWith = (content: unknown): Channel => {
    const fetcher = { fetchJson: async () => structuredClone(content) };
    return new Channel("http://host/", fetcher as unknown as Fetcher);
  };

  /** Reads a file of a channel with a mutation: what is accepted must be valid. */
  const check = (
    path: string,
    schema: string,
    each: number,
    read: (channel: Channel) => Promise<unknown>,
  ) => {
    const faults = faultsBy(schema);
    const whole = json(path);
    expect(faults(whole)).toEqual([]);
    return fuzz(jsonMutations, each, async (mutate) => {
      const damaged = mutate(whole);
      try {
        const found = await read(channelWith(damaged));
        if (damaged !== null && found !== "skipped") expect(faults(damaged)).toEqual([]);
      } catch (error) {
        expectRefusal(error);
      }
    });
  };

  test("of a channel are valid, or refused", { timeout }, () =>
    check("default-lock.json", "lock", 400, async (channel) => {
      const records = await channel.lock("default-lock.json", platform);
      return records.length > 0 ? records : "skipped"; // also for another platform
    }),
  );

  test("bundles.json is valid, or refused", { timeout }, () =>
    check(`${platform}/bundles.json`, "bundles", 250, (channel) =>
      channel.distributions("python", platform),
    ),
  );

  test("imports.json is valid, or refused", { timeout }, () =>
    check("imports.json", "imports", 100, (channel) => channel.imports()),
  );

  test("of users are refused before anything is fetched from elsewhere", { timeout }, () => {
    const whole = json("lock.json");
    const faults = faultsBy("lock");
    return fuzz(jsonMutations, 250, async (mutate) => {
      const damaged = mutate(whole);
      // No file system: a valid lock ends at the missing file of the bundle.
      const loader = new Loader({
        ...modules,
        FS: {} as never,
        channels: ["file:///nonexistent/"],
        fetch: { attempts: 1 },
      });
      try {
        const loaded = await loader.restore(damaged as never);
        expect(loaded).toEqual([]);
        expect(faults(damaged)).toEqual([]);
      } catch (error) {
        // A list of packages without files reaches the file system that is not there.
        const { packages } = damaged as { packages?: { bundle?: unknown }[] };
        const isMounted = Array.isArray(packages) && packages.every((one) => one?.bundle === null);
        if (!isMounted) expectRefusal(error, ["LoaderError"]);
      }
    });
  });
});
