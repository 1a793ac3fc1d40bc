// Is damaged repodata refused with a clear error, or read as sound records?
//
// CONTRIBUTING.md says how to run these tests with more inputs and other seeds.

import { createHash } from "node:crypto";
import { encode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import type { Fetcher } from "../src/fetch.js";
import { openRepodata } from "../src/repodata.js";
import { bounded, expectRefusal, fuzz, jsonMutations, mutations, timeout } from "./mutations.js";
import { zstd } from "./zstd.js";

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
const platform = "emscripten-wasm32";

describe("repodata", () => {
  const folder = `http://host/${platform}/`;
  const record = {
    ...{ name: "numpy", version: "2.5.5", build: "h_0", build_number: 0, subdir: platform },
    ...{ depends: ["python >=3.13", "lib"], constrains: ["old <2"], timestamp: 1_700_000_000_000 },
    ...{ size: 12, track_features: "slow, large", license: "BSD" },
  };
  const repodata = (sha: unknown) => ({
    info: { subdir: platform, base_url: "../files" },
    packages: { "numpy-2.5.5-h_0.tar.bz2": { ...record, sha256: sha } },
    "packages.conda": {
      "numpy-2.5.5-h_0.conda": { ...record, sha256: sha },
      "numpy-2.5.4-h_0.conda": { ...record, version: "2.5.4", sha256: sha },
    },
    removed: ["numpy-2.5.4-h_0.conda"],
    bundles: {
      "numpy-2.5.5-h_0.conda": {
        ...{ bundle: "numpy.lz4b", size: 12, sha256: sha, head_size: 3, head_sha256: sha },
      },
    },
  });
  const inJson = repodata("0".repeat(64));
  const inShard = repodata(new Uint8Array(32).fill(1));

  const isHash = (value: unknown) => typeof value === "string" && /^([0-9a-f]{64})?$/.test(value);

  /** Opens the files and reads all candidates. */
  const check = async (files: Map<string, Uint8Array>): Promise<void> => {
    const fetched = async (url: string) => (files.get(url) as Uint8Array<ArrayBuffer>) ?? null;
    const fetcher = {
      fetchNewest: fetched,
      fetchExisting: async (url: string) => {
        const bytes = await fetched(url);
        // As the loader's fetcher, for a shard that is not there.
        if (!bytes) throw Object.assign(new Error(`${url} is missing`), { name: "LoaderError" });
        return bytes;
      },
      storeFor: async () => null,
    } as unknown as Fetcher;
    const size = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    try {
      const candidates = await bounded(size, async () => {
        const opened = await openRepodata(fetcher, "http://host/", platform);
        const which = ["all", "current"] as const;
        const found = await Promise.all(which.map((all) => opened?.candidates("numpy", all)));
        return found.flatMap((candidates) => candidates ?? []);
      });
      for (const candidate of candidates) {
        expect(candidate.name).toMatch(/^\S+$/);
        expect(candidate.version).toMatch(/^\S+$/);
        expect(candidate.build).toMatch(/^\S+$/);
        expect(Number.isSafeInteger(candidate.build_number)).toBe(true);
        expect(Number.isSafeInteger(candidate.timestamp)).toBe(true);
        expect(isHash(candidate.sha256)).toBe(true);
        for (const spec of [...candidate.depends, ...candidate.constrains]) {
          expect(spec).toBeTypeOf("string");
        }
        if (candidate.url !== undefined) expect(URL.canParse(candidate.url)).toBe(true);
        const { bundle } = candidate;
        if (!bundle) continue;
        expect(bundle.bundle === null || bundle.bundle.endsWith(".lz4b")).toBe(true);
        expect(Number.isSafeInteger(bundle.size) && bundle.size >= 0).toBe(true);
        expect(bundle.sha256 === null || isHash(bundle.sha256)).toBe(true);
      }
    } catch (error) {
      expectRefusal(error);
    }
  };
  const only = (file: string, bytes: Uint8Array) => check(new Map([[folder + file, bytes]]));
  const shards = (shard: Uint8Array, change: (index: unknown) => unknown = (index) => index) => {
    const digest = createHash("sha256").update(shard).digest();
    const current = new Uint8Array(digest);
    const info = { subdir: platform, base_url: "", shards_base_url: "./shards/" };
    const index = change({ version: 1, info, shards: { numpy: current }, current });
    return new Map<string, Uint8Array>([
      [`${folder}repodata_shards.msgpack.zst`, zstd(encode(index))],
      [`${folder}shards/${digest.toString("hex")}.msgpack.zst`, shard],
    ]);
  };

  test("in JSON with damaged bytes", { timeout }, () =>
    fuzz(mutations, 150, (mutate) => only("repodata.json", mutate(text(JSON.stringify(inJson))))),
  );

  test("in JSON with damaged values", { timeout }, () =>
    fuzz(jsonMutations, 200, (mutate) =>
      only("repodata.json", text(JSON.stringify(mutate(inJson)))),
    ),
  );

  test("in compressed JSON with damaged bytes", { timeout }, () =>
    fuzz(mutations, 150, (mutate) =>
      only("repodata.json.zst", mutate(zstd(JSON.stringify(inJson)))),
    ),
  );

  test("in shards with damaged bytes", { timeout }, () =>
    fuzz(mutations, 200, (mutate) => check(shards(zstd(mutate(encode(inShard)))))),
  );

  test("in shards with damaged values", { timeout }, () =>
    fuzz(jsonMutations, 200, (mutate) => check(shards(zstd(encode(mutate(inShard)))))),
  );

  test("with a damaged index of shards", { timeout }, () =>
    fuzz(jsonMutations, 100, (mutate) => check(shards(zstd(encode(inShard)), mutate))),
  );
});
