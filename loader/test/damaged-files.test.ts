// Which damaged files once ended in a raw error or in a large allocation?

import { expect, test } from "vitest";
import { parseAddress } from "../src/address.js";
import { convert } from "../src/address-package.js";
import { Bundle } from "../src/bundle.js";
import { Channel } from "../src/channel.js";
import { ChunkCache } from "../src/chunks.js";
import type { Fetcher } from "../src/fetch.js";
import type { PackageRecord } from "../src/formats.js";
import { Loader } from "../src/loader.js";
import { openRepodata } from "../src/repodata.js";
import { unzstd } from "../src/zstd.js";
import { loaderError } from "./errors.js";
import { modules } from "./modules.js";
import { bounded } from "./mutations.js";
import { assemble, digests } from "./pack.js";
import { tar, zip } from "./tar-zip.js";
import { zstd } from "./zstd.js";

const text = (content: string) => new TextEncoder().encode(content);
const json = (content: unknown) => text(JSON.stringify(content));
const platform = "emscripten-wasm32";
const digest = "0".repeat(64);

const repodataOf = (content: unknown) => {
  const fetcher = {
    fetchNewest: async (url: string) => (url.endsWith("/repodata.json") ? json(content) : null),
    storeFor: async () => null,
  };
  return openRepodata(fetcher as unknown as Fetcher, "http://host/c/", platform);
};
const record = { name: "six", version: "1", build: "0", sha256: digest };

test.each([
  ["claims a window of 2 GB", [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0], /window of more/],
  [
    "claims 2 GB in one segment",
    [0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x7f, 1, 0, 0],
    /claim 2130706432 bytes, more than/,
  ],
  ["ends in a header", [0x28, 0xb5, 0x2f, 0xfd, 0x00], /truncated/],
  ["has a block of 2 MB", [0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 0xf9, 0xff, 0xff, 0], /impossible/],
  ["has a block of no type", [0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 0x0f, 0, 0, 0], /impossible/],
  ["is no zstd", [1, 2, 3, 4], /not zstd/],
])("zstd data that %s", (_, bytes, message) => {
  const read = () => bounded(bytes.length, () => unzstd(Uint8Array.from(bytes)));
  expect(read).toThrow(loaderError);
  expect(read).toThrow(message);
});

test("a window larger than the output is read without the memory of the window", () => {
  const bytes = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 9, 0, 0, 65]); // 128 MB
  expect(bounded(bytes.length, () => unzstd(bytes))).toEqual(text("A"));
});

test("an archive in two frames, with a skippable one between", () => {
  const skippable = Uint8Array.from([0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7]);
  const two = Buffer.concat([zstd("one "), skippable, zstd("two")]);
  expect(unzstd(new Uint8Array(two))).toEqual(text("one two"));
});

test.each([
  ["no object", [], /\$ is not an object/],
  ["removed that is no list", { removed: 5 }, /\$\.removed is not a list/],
  ["a base_url that is no text", { info: { base_url: 5 } }, /\$\.info\.base_url is not a string/],
  ["a base_url that is no URL", { info: { base_url: "http://[" } }, /is not a URL/],
])("repodata with %s", async (_, content, message) => {
  await expect(repodataOf(content)).rejects.toThrow(loaderError);
  await expect(repodataOf(content)).rejects.toThrow(message);
});

test("an empty base_url is the folder of the repodata", async () => {
  const packages = { "six-1-0.conda": record };
  const repodata = await repodataOf({ info: { base_url: "" }, "packages.conda": packages });
  const [candidate] = (await repodata?.candidates("six", "all")) ?? [];
  expect(candidate).toMatchObject({ file: "six-1-0.conda", sha256: digest });
  expect(candidate).not.toHaveProperty("url");
});

test("records with values of a wrong type are left out, or lose the value", async () => {
  const repodata = await repodataOf({
    "packages.conda": {
      "six-1-0.conda": { ...record, sha256: [1], build_number: 1e300, depends: 7, timestamp: "x" },
      "six-2-0.conda": { ...record, version: "2\0" },
      "six-3-0.conda": null,
    },
  });
  expect(await repodata?.candidates("six", "all")).toMatchObject([
    { version: "1", sha256: "", build_number: 0, depends: [], timestamp: 0 },
  ]);
});

test.each([
  ["null among its packages", { packages: [null] }, /\$\.packages\[0\] is not an object/],
  ["no specs", { specs: undefined }, /\$\.specs is not a list/],
  ["a version that is no number", { version: {} }, /The lock has no version, this loader reads 1/],
])("a lock with %s", async (_, change, message) => {
  const lock = { version: 1, platform, specs: [], packages: [], ...change };
  const loader = new Loader({ ...modules, FS: {} as never, channels: ["file:///nonexistent/"] });
  await expect(loader.restore(lock as never)).rejects.toThrow(message);
});

test("an index of a channel that is a number", async () => {
  const fetcher = { fetchJson: async () => 5 } as unknown as Fetcher;
  const channel = new Channel("http://host/", fetcher);
  await expect(channel.imports()).rejects.toThrow(/imports.json has no version, this loader reads/);
});

test.each([
  ["impossible permissions", { directories: { lib: { a: [0, 8, 1e15] } } }, /a has impossible/],
  ["half a byte", { directories: { lib: { a: [0, 1.5] } } }, /\[1\] is not a whole number/],
  ["a chunk without sizes", { chunks: [null] }, /\$\.chunks\[0\] is not a list/],
])("a bundle with %s", (_, change, message) => {
  const chunk = new Uint8Array(8);
  const header = {
    ...{ package: "test-1-0.conda", package_sha256: "", chunk_size: 64, chunks: [[8, 8]] },
    ...{ digests: digests([chunk]), directories: {}, symlinks: {}, libraries: [] },
  };
  const bytes = assemble({ ...header, ...change }, [chunk]);
  expect(() => new Bundle(bytes, new ChunkCache())).toThrow(message);
});

const index = { name: "six", version: "1", build: "0" };
const conda = (info: Record<string, Uint8Array>) =>
  zip({ "info-p.tar.zst": zstd(tar(info)), "pkg-p.tar.zst": zstd(tar({})) });
const read = (bytes: Uint8Array<ArrayBuffer>) => convert(bytes, {} as PackageRecord, "3.13");

test.each([
  [
    "an index.json that is null",
    { "info/index.json": json(null) },
    /info\/index.json: \$ is not an object/,
  ],
  [
    "a version with a slash",
    { "info/index.json": json({ ...index, version: "../1" }) },
    /\$\.version is not a word/,
  ],
  [
    "a paths.json without paths",
    { "info/index.json": json(index), "info/paths.json": json({}) },
    /info\/paths.json: \$\.paths is not a list/,
  ],
])("a conda package with %s", async (_, info, message) => {
  await expect(read(conda(info))).rejects.toThrow(loaderError);
  await expect(read(conda(info))).rejects.toThrow(message);
});

test("a zip whose directory is outside the file", async () => {
  const bytes = conda({ "info/index.json": json(index), "info/paths.json": json({ paths: [] }) });
  await expect(read(bytes)).resolves.toMatchObject({ package: "six-1-0.conda" });
  new DataView(bytes.buffer).setUint32(bytes.length - 6, bytes.length, true);
  await expect(read(bytes)).rejects.toThrow(/a part of its zip is outside the file/);
});

test("an address with a wrong escape", () => {
  expect(() => parseAddress("http://host/%zz-1-0.conda")).toThrow(/it is not a URL/);
});
