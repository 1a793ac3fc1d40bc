import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { encode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fetcher } from "../src/fetch.js";
import type { ResolvedPackage } from "../src/packages.js";
import { Solver } from "../src/solver.js";
import { parseSpec } from "../src/specs.js";
import { serve, type TestServer } from "./channel.js";
import { loaderError } from "./errors.js";
import { skippedWithout, solverWasm } from "./needs.js";
import { zstd } from "./zstd.js";

const platform = "emscripten-wasm32";

interface Row {
  name: string;
  version: string;
  build?: string;
  build_number?: number;
  depends?: string[];
  constrains?: string[];
  timestamp?: number;
  track_features?: string;
}

const rows: Row[] = [
  { name: "python", version: "3.12.9" },
  { name: "python", version: "3.13.5", depends: ["__emscripten", "__unix"] },
  { name: "lib", version: "1.2" },
  { name: "lib", version: "1.10" },
  { name: "lib", version: "1.10", build: "h1_1", build_number: 1 },
  { name: "numpy", version: "1.26.4", build: "py313", depends: ["python 3.13.*"] },
  { name: "numpy", version: "2.5.5", build: "py312", depends: ["python 3.12.*", "only-for-312"] },
  { name: "numpy", version: "2.5.5", build: "py313", depends: ["python 3.13.*", "lib >=1.5"] },
  { name: "pandas", version: "2.3.0", depends: ["numpy >=1.26"] },
  { name: "pandas", version: "3.1.1", depends: ["numpy>=2.2"] },
  { name: "old", version: "1", depends: ["python <3.13"] },
  { name: "picky", version: "1", constrains: ["numpy <2"] },
  { name: "same", version: "1", build: "z", timestamp: 1000 },
  { name: "same", version: "1", build: "a", timestamp: 2000 },
  { name: "feature", version: "2", track_features: "slow, large" },
  { name: "feature", version: "1" },
  { name: "only-for-312", version: "1" },
];

const fileOf = ({ name, version, build = "h_0" }: Row): string =>
  `${name}-${version}-${build}.conda`;
const digest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

function recordOf(row: Row, inShard: boolean): Record<string, unknown> {
  const sha256 = digest(new TextEncoder().encode(fileOf(row)));
  return {
    build: "h_0",
    build_number: 0,
    depends: [],
    ...row,
    subdir: platform,
    sha256: inShard ? sha256 : sha256.toString("hex"),
  };
}

type Files = Map<string, Uint8Array<ArrayBuffer>>;
const bytesOf = (buffer: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(buffer);

function plain(rows: Row[]): string {
  const records = Object.fromEntries(rows.map((row) => [fileOf(row), recordOf(row, false)]));
  return JSON.stringify({ info: { subdir: platform }, packages: {}, "packages.conda": records });
}

function shardOf(rows: Row[]): Uint8Array<ArrayBuffer> {
  return zstd(
    encode({
      packages: {},
      "packages.conda": Object.fromEntries(rows.map((row) => [fileOf(row), recordOf(row, true)])),
      removed: [],
      bundles: Object.fromEntries(
        rows.map((row) => [
          fileOf(row),
          { bundle: `${row.name}.lz4b`, size: 12, sha256: new Uint8Array(32).fill(1) },
        ]),
      ),
    }),
  );
}

function shardsOf(rows: Row[], current?: Row[]): Files {
  const files: Files = new Map();
  const add = (rows: Row[]): Uint8Array => {
    const shard = shardOf(rows);
    files.set(`${platform}/shards/${digest(shard).toString("hex")}.msgpack.zst`, shard);
    return digest(shard);
  };
  const shards: Record<string, Uint8Array> = {};
  for (const { name } of rows) shards[name] ??= add(rows.filter((row) => row.name === name));
  const info = { subdir: platform, base_url: "", shards_base_url: "./shards/" };
  const index = { version: 1, info, shards, ...(current && { current: add(current) }) };
  return files.set(`${platform}/repodata_shards.msgpack.zst`, zstd(encode(index)));
}

/** Whether a row is of the newest version, or that needs it. */
function isCurrent({ name, version, build_number = 0 }: Row): boolean {
  if (name === "lib") return build_number === 1;
  if (name === "feature") return version === "1";
  return !["1.26.4", "2.3.0"].includes(version); // numpy and pandas
}

const forms: Record<string, (rows: Row[]) => Files> = {
  "repodata.json": (rows) =>
    new Map([[`${platform}/repodata.json`, bytesOf(Buffer.from(plain(rows)))]]),
  "repodata.json.zst": (rows) => new Map([[`${platform}/repodata.json.zst`, zstd(plain(rows))]]),
  shards: (rows) => shardsOf(rows),
  "shards and current packages": (rows) => shardsOf(rows, rows.filter(isCurrent)),
};

describe.skipIf(skippedWithout(existsSync(solverWasm), "build/dist"))("the solver", () => {
  let servers: TestServer[];

  const open = async (...channels: Files[]): Promise<Solver> => {
    servers = await Promise.all(channels.map((files) => serve(files)));
    return new Solver({
      channels: servers.map(({ url }) => url),
      platform,
      fetcher: new Fetcher({ attempts: 1 }),
      wasm: solverWasm,
    });
  };
  const solve = async (solver: Solver, specs: string[], loaded: ResolvedPackage[] = []) => {
    const solution = await solver.solve(specs.map(parseSpec), loaded);
    return solution.map(({ record }) => `${record.name} ${record.version} ${record.build}`).sort();
  };
  const loaded = async (solver: Solver, ...specs: string[]): Promise<ResolvedPackage[]> =>
    solver.solve(specs.map(parseSpec), []);

  beforeEach(() => {
    servers = [];
  });
  afterEach(() => {
    for (const server of servers) server.close();
  });

  describe.each(Object.keys(forms))("with %s", (form) => {
    const make = forms[form] as (rows: Row[]) => Files;

    test("takes the newest compatible versions", async () => {
      const solver = await open(make(rows));
      expect(await solve(solver, ["numpy >=2", "python 3.13.*"])).toEqual([
        "lib 1.10 h1_1",
        "numpy 2.5.5 py313",
        "python 3.13.5 h_0",
      ]);
    });

    test.each([
      ["pandas 2.3.*", ["numpy 2.5.5 py313", "pandas 2.3.0 h_0"]],
      ["pandas", ["numpy 2.5.5 py313", "pandas 3.1.1 h_0"]],
      ["numpy=1.26.4=py313*", ["numpy 1.26.4 py313"]],
      ["numpy >=1,<2", ["numpy 1.26.4 py313"]],
      ["numpy[version='<2']", ["numpy 1.26.4 py313"]],
      ["numpy[version='=1', build='py*']", ["numpy 1.26.4 py313"]],
      ["same", ["same 1 a"]], // the later timestamp
      ["feature", ["feature 1 h_0"]], // without track_features
    ])("%s brings %s", async (spec, expected) => {
      const solver = await open(make(rows));
      const python = await loaded(solver, "python 3.13.*", "lib");
      expect(await solve(solver, [spec], python)).toEqual(expected);
    });

    test("an index is fetched once, and only the shards of possible packages", async () => {
      const solver = await open(make(rows));
      const python = await loaded(solver, "python 3.13.*");
      await solve(solver, ["numpy"], python);
      const [server] = servers;
      const first = server?.requests.length ?? 0;
      const most = { shards: 5 + 2, "shards and current packages": 5 }[form] ?? 6;
      expect(first).toBeLessThanOrEqual(most);
      await solve(solver, ["numpy"], python);
      expect(server?.requests).toHaveLength(first);
    });

    test("an error names the conflicts and the loaded packages in them", async () => {
      const solver = await open(make(rows));
      const present = await loaded(solver, "numpy 1.*", "python 3.13.*");
      await expect(solve(solver, ["pandas 3.*"], present)).rejects.toThrow(
        /^pandas 3\.\* cannot be loaded from http.*: nothing provides numpy >=2\.2 needed by pandas-3\.1\.1-h_0\. Loaded already, and kept: numpy 1\.26\.4\.$/,
      );
      await expect(solve(solver, ["numpy 2.*"], present)).rejects.toThrow(
        /nothing provides requested numpy 2\.\*.*kept: numpy 1\.26\.4/,
      );
      await expect(solve(solver, ["old"], present)).rejects.toThrow(
        /nothing provides python <3\.13 needed by old-1-h_0\. .*kept: python 3\.13\.5/,
      );
      await expect(solve(solver, ["missing"], present)).rejects.toThrow(
        /missing cannot be loaded from .*: nothing provides requested missing\.$/,
      );
    });

    test("constrains of new and of loaded packages are respected", async () => {
      const solver = await open(make(rows));
      expect(await solve(solver, ["picky", "numpy", "python 3.13.*"])).toContain(
        "numpy 1.26.4 py313",
      );
      const present = await loaded(solver, "picky", "python 3.13.*");
      expect(await solve(solver, ["numpy"], present)).toEqual(["numpy 1.26.4 py313"]);
    });

    test("an error names an address that is not a channel", async () => {
      const solver = await open(new Map());
      await expect(solve(solver, ["numpy"])).rejects.toThrow(
        /has no repodata .* Is it a conda channel/,
      );
    });
  });

  test("a package comes from the first channel with its name, or that of the spec", async () => {
    const newer = { name: "lib", version: "2.0" };
    const solver = await open(shardsOf(rows), shardsOf([newer, { name: "extra", version: "1" }]));
    expect(await solve(solver, ["lib"])).toEqual(["lib 1.10 h1_1"]);
    const [first, second] = servers.map(({ url }) => url);
    expect(await solve(solver, [`${second}::lib`])).toEqual(["lib 2.0 h_0"]);
    expect(await solve(solver, ["extra"])).toEqual(["extra 1 h_0"]);
    await expect(solve(solver, ["conda-forge::lib"])).rejects.toThrow(
      /conda-forge is not among the channels: http/,
    );
    const present = await loaded(solver, "lib");
    await expect(solve(solver, [`${second}::lib`], present)).rejects.toThrow(
      `lib 1.10 is loaded already, from ${first}`,
    );
  });

  test("a shard has the location of the bundle", async () => {
    const solver = await open(shardsOf(rows));
    const [pkg] = await solver.solve([parseSpec("only-for-312")], []);
    expect(pkg?.bundle).toEqual({
      bundle: "only-for-312.lz4b",
      size: 12,
      sha256: "01".repeat(32),
    });
  });

  test("packages may be at another address than their repodata", async () => {
    const index = JSON.parse(plain(rows));
    index.info.base_url = "https://example.org/packages/";
    const bytes = bytesOf(Buffer.from(JSON.stringify(index)));
    const solver = await open(new Map([[`${platform}/repodata.json`, bytes]]));
    const [pkg] = await solver.solve([parseSpec("lib")], []);
    expect(pkg?.record.url).toBe("https://example.org/packages/lib-1.10-h1_1.conda");
  });

  test(".conda is preferred to .tar.bz2, and removed packages are ignored", async () => {
    const index = JSON.parse(plain(rows.filter(({ name }) => name === "same")));
    index.packages = {
      "same-1-a.tar.bz2": index["packages.conda"]["same-1-a.conda"],
      "same-2-a.tar.bz2": { ...index["packages.conda"]["same-1-a.conda"], version: "2" },
      "same-3-a.tar.bz2": { ...index["packages.conda"]["same-1-a.conda"], version: "3" },
      "hole.tar.bz2": { name: "same", version: null },
      "none.tar.bz2": {},
      "null.tar.bz2": null,
      "text.tar.bz2": "same",
    };
    index.removed = ["same-3-a.tar.bz2"];
    const bytes = bytesOf(Buffer.from(JSON.stringify(index)));
    const solver = await open(new Map([[`${platform}/repodata.json`, bytes]]));
    const files = async (spec: string) =>
      (await solver.solve([parseSpec(spec)], [])).map(({ record }) => record.file);
    expect(await files("same")).toEqual(["same-2-a.tar.bz2"]);
    expect(await files("same 1")).toEqual(["same-1-a.conda"]);
  });

  test.each([{}, { packages: null, "packages.conda": null }, { info: null, removed: null }])(
    "a channel whose repodata are %j has no packages",
    async (index) => {
      const bytes = bytesOf(Buffer.from(JSON.stringify(index)));
      const solver = await open(new Map([[`${platform}/repodata.json`, bytes]]));
      await expect(solver.solve([parseSpec("same")], [])).rejects.toThrow(
        /same cannot be loaded from http/,
      );
    },
  );

  describe("refuses", () => {
    const refuses = async (files: Files, message: RegExp) => {
      const solving = solve(await open(files), ["numpy"]);
      await expect(solving).rejects.toThrow(loaderError);
      await expect(solving).rejects.toThrow(message);
    };
    const shardOf = (files: Files): string =>
      [...files.keys()].find((path) => path.includes("/shards/")) as string;
    const some = () => shardsOf(rows.filter(({ name }) => name === "numpy"));

    test("a shard that is missing", async () => {
      const files = some();
      files.delete(shardOf(files));
      await refuses(files, /shards\/[0-9a-f]{64}\.msgpack\.zst is missing \(404\)/);
    });

    test("a shard with another hash than in the index", async () => {
      const files = some();
      files.set(shardOf(files), zstd(encode({})));
      await refuses(files, /has another sha256 than its index says/);
    });

    test.each([
      ["repodata_shards.msgpack.zst", "not zstd"],
      ["repodata.json.zst", "not zstd"],
      ["repodata.json", "<html>"],
      ["repodata.json", "null"],
    ])("%s with %j in it", async (file, text) => {
      const files: Files = new Map([[`${platform}/${file}`, bytesOf(Buffer.from(text))]]);
      await refuses(files, new RegExp(`${platform}/${file} is no repodata`));
    });

    test("a server with an error", async () => {
      const files = some();
      const solver = await open(files);
      servers[0]?.faults.set(shardOf(files), (_, response) => {
        response.writeHead(500).end();
        return true;
      });
      await expect(solve(solver, ["numpy"])).rejects.toThrow(
        /cannot be fetched: the server answers 500/,
      );
      servers[0]?.faults.clear();
      // The shard is requested again.
      expect(await solve(solver, ["numpy 1.*"]).catch(String)).toContain("python");
    });
  });

  test("a long chain of thousands of packages is solved", async () => {
    const chain = Array.from({ length: 3000 }, (_, index) => ({
      name: `p${index}`,
      version: "1",
      depends: index < 2999 ? [`p${index + 1} >=1`] : [],
    }));
    const solver = await open((forms["repodata.json"] as (rows: Row[]) => Files)(chain));
    expect(await solve(solver, ["p0"])).toHaveLength(3000);
  });

  test("the module imports nothing but WASI and Emscripten's env", () => {
    const module = new WebAssembly.Module(new Uint8Array(readFileSync(solverWasm)));
    const from = new Set(WebAssembly.Module.imports(module).map(({ module }) => module));
    expect([...from].sort()).toEqual(["env", "wasi_snapshot_preview1"]);
  });
});
