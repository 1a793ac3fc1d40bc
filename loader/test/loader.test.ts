import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Loader } from "../src/index.js";
import {
  emptyWasm,
  makeChannel,
  serve,
  type TestPackage,
  type TestServer,
  write,
} from "./channel.js";
import { createModule, skipped, type TestFS } from "./emscripten.js";
import { loaderError } from "./errors.js";
import { modules } from "./modules.js";
import { python, skippedWithout, solverWasm } from "./needs.js";

const site = "lib/python3.13/site-packages";
const py = (path: string, content = path) => ({ [path]: new TextEncoder().encode(content) });

function flip(bytes: Uint8Array | undefined, at: number, mask: number): void {
  if (bytes?.[at] === undefined) throw new Error(`there is no byte ${at}`);
  bytes[at] ^= mask;
}

const packages: TestPackage[] = [
  { name: "emscripten-abi", version: "3.1.69", subdir: "noarch", contents: null },
  {
    name: "python",
    version: "3.13.5",
    depends: ["emscripten-abi 3.1.69.*"],
    contents: { files: py("lib/python3.13/os.py") },
  },
  {
    name: "libfoo",
    version: "1.0",
    contents: {
      files: { "lib/libfoo.so.1": emptyWasm },
      symlinks: { "lib/libfoo.so": "libfoo.so.1" },
      libraries: ["lib/libfoo.so.1"],
    },
  },
  {
    name: "numpy",
    version: "2.2.6",
    depends: ["python >=3.13,<3.14", "libfoo >=1"],
    contents: {
      files: { ...py(`${site}/numpy/__init__.py`), [`${site}/numpy/_core.so`]: emptyWasm },
      libraries: [`${site}/numpy/_core.so`],
    },
  },
  {
    name: "six",
    version: "1.17.0",
    subdir: "noarch",
    depends: ["python", "__unix"],
    contents: { files: py(`${site}/six.py`) },
  },
  {
    name: "yaml-r",
    version: "0.18.6",
    subdir: "noarch",
    depends: ["six"],
    distributions: { "ruamel-yaml": { version: "0.18.6.post1", extras: ["x; extra == 'y'"] } },
    contents: { files: py(`${site}/ruamel/yaml.py`) },
  },
  {
    name: "old",
    version: "1.0",
    depends: ["python 3.12.*"],
    contents: { files: py(`${site}/old.py`) },
  },
];

describe.skipIf(skipped)("the loader", () => {
  let fs: TestFS;
  let server: TestServer;
  let loader: Loader;
  let libraries: Map<string, WebAssembly.Module>;

  const makeLoader = (...channels: string[]): Loader =>
    new Loader({
      ...modules,
      FS: fs,
      solverWasm,
      channels,
      registerLibrary: (path, module) => libraries.set(path, module),
    });
  const names = (loaded: { record: { name: string } }[]): string[] =>
    loaded.map(({ record }) => record.name).sort();
  /** All paths below a folder. */
  const list = (folder: string): string[] => {
    const entries = fs.readdir(folder).filter((name) => name !== "." && name !== "..");
    return entries.flatMap((name) => {
      const path = `${folder}/${name}`;
      return fs.isDir(fs.stat(path).mode) ? list(path) : path;
    });
  };

  beforeEach(async () => {
    fs = (await createModule()).FS;
    server = await serve(makeChannel(packages, ["python", "emscripten-abi"]));
    libraries = new Map();
    loader = makeLoader(server.url);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    server.close();
  });

  test("python needs one small request before its bundle, and no solver", async () => {
    const importSolver = vi.fn();
    loader = new Loader({ ...modules, FS: fs, solverWasm, channels: [server.url], importSolver });
    expect(names(await loader.load(["python"]))).toEqual(["emscripten-abi", "python"]);
    expect(server.requests).toEqual(["lock.json", "emscripten-wasm32/python-3.13.5-h_0.lz4b"]);
    expect(importSolver).not.toHaveBeenCalled();
    expect(fs.readFile("/lib/python3.13/os.py", { encoding: "utf8" })).toBe("lib/python3.13/os.py");
  });

  test.skipIf(skippedWithout(existsSync(python), ".venv from `make`"))(
    "conda-meta lists the packages in a form that rattler reads",
    async () => {
      await loader.load(["python"]);
      await loader.load(["numpy >=2"]);
      const folder = mkdtempSync(join(tmpdir(), "conda-emscripten-"));
      const records = fs.readdir("/conda-meta").filter((name) => name.endsWith(".json"));
      for (const name of records) {
        writeFileSync(join(folder, name), fs.readFile(`/conda-meta/${name}`));
      }
      const program = `
import json, pathlib, rattler, sys
records = [rattler.PrefixRecord.from_path(path) for path in pathlib.Path(sys.argv[1]).iterdir()]
print(json.dumps({r.name.normalized: [r.file_name, r.url, list(map(str, r.files)), r.depends]
                  for r in records}))`;
      const output = execFileSync(python, ["-c", program, folder], { encoding: "utf8" });
      rmSync(folder, { recursive: true });
      const packages = JSON.parse(output);
      expect(Object.keys(packages).sort()).toEqual(["emscripten-abi", "libfoo", "numpy", "python"]);
      const file = "numpy-2.2.6-h_0.conda";
      expect(packages.numpy).toEqual([
        file,
        `${server.url}emscripten-wasm32/${file}`,
        [`${site}/numpy/__init__.py`, `${site}/numpy/_core.so`],
        ["python >=3.13,<3.14", "libfoo >=1"],
      ]);
      const json = fs.readFile("/conda-meta/numpy-2.2.6-h_0.json", { encoding: "utf8" });
      expect(JSON.parse(json).requested_spec).toBe("numpy >=2");
    },
  );

  test("a package comes with its dependencies, without the loaded ones", async () => {
    await loader.load(["python"]);
    const messages: string[] = [];
    const loaded = await loader.load(["numpy"], { messageCallback: (line) => messages.push(line) });
    expect(names(loaded)).toEqual(["libfoo", "numpy"]);
    expect(messages).toEqual(
      messages[0]?.includes("numpy, libfoo")
        ? ["Loading numpy, libfoo", "Loaded numpy, libfoo"]
        : ["Loading libfoo, numpy", "Loaded libfoo, numpy"],
    );
    expect([...loader.loaded.keys()].sort()).toEqual([
      "emscripten-abi",
      "libfoo",
      "numpy",
      "python",
    ]);
    expect(loader.loaded.get("numpy")).toMatchObject({
      channel: server.url,
      record: { version: "2.2.6", build: "h_0", subdir: "emscripten-wasm32" },
    });
    expect(server.requests.filter((path) => path.includes("python"))).toHaveLength(1);
  });

  test("registerLibrary receives each side module, compiled", async () => {
    await loader.load(["numpy"]);
    expect([...libraries.keys()].sort()).toEqual([
      "/lib/libfoo.so.1",
      "/lib/python3.13/site-packages/numpy/_core.so",
    ]);
    for (const module of libraries.values()) expect(module).toBeInstanceOf(WebAssembly.Module);
    expect(fs.readFile("/lib/libfoo.so")).toEqual(emptyWasm);
  });

  test("a lock is restored with the compiled modules that are asked for, and all that others need", async () => {
    await loader.load(["numpy"]);
    const lock = loader.lock();
    const compiled = async (compiles: (path: string) => boolean) => {
      libraries.clear();
      fs = (await createModule()).FS;
      await makeLoader(server.url).restore(lock, { compiles });
      return [...libraries.keys()];
    };
    const extension = `${site}/numpy/_core.so`;
    expect(await compiled(() => false)).toEqual(["/lib/libfoo.so.1"]);
    expect(fs.readFile(`/${extension}`)).toEqual(emptyWasm);
    expect(await compiled((path) => path === extension)).toHaveLength(2);
  });

  test("one call loads python from the lock and other packages from the solver", async () => {
    const loaded = await loader.load(["python", "six"]);
    expect(names(loaded)).toEqual(["emscripten-abi", "python", "six"]);
    const bundle = server.requests.indexOf("emscripten-wasm32/python-3.13.5-h_0.lz4b");
    const repodata = server.requests.findIndex((path) => path.includes("repodata"));
    expect(bundle).toBeGreaterThan(0);
    expect(bundle).toBeLessThan(repodata); // it is fetched while the solver runs
  });

  test("without a loaded python, the solver finds it", async () => {
    expect(names(await loader.load(["six"]))).toEqual(["emscripten-abi", "python", "six"]);
  });

  test("a loaded package is not loaded again", async () => {
    await loader.load(["python", "six"]);
    const before = server.requests.length;
    expect(await loader.load(["six", "python"])).toEqual([]);
    expect(server.requests).toHaveLength(before);
    expect(await loader.load(["six >=1.17"])).toEqual([]);
  });

  test("calls that overlap load each package once", async () => {
    await loader.load(["python"]);
    const results = await Promise.all([
      loader.load(["numpy"]),
      loader.load(["numpy", "six"]),
      loader.load(["six"]),
    ]);
    expect(results.map(names)).toEqual([["libfoo", "numpy"], ["six"], []]);
  });

  test("a failed call does not affect the next", async () => {
    await loader.load(["python"]);
    const [bad, good] = await Promise.allSettled([loader.load(["nothing"]), loader.load(["six"])]);
    expect([bad.status, good.status]).toEqual(["rejected", "fulfilled"]);
  });

  test("packages may arrive before the file system", async () => {
    let arrive: (fs: TestFS) => void = () => {};
    const FS = new Promise<TestFS>((resolve) => {
      arrive = resolve;
    });
    const loading = new Loader({ ...modules, FS, solverWasm, channels: [server.url] }).load([
      "python",
    ]);
    await vi.waitFor(() => expect(server.requests).toHaveLength(2));
    arrive(fs);
    await loading;
    expect(fs.readdir("/lib/python3.13")).toContain("os.py");
  });

  describe("with a lock of the whole channel", () => {
    const importSolver = vi.fn(() => import("../src/solver.js"));
    const isSolved = () => importSolver.mock.calls.length > 0;

    beforeEach(async () => {
      server.close();
      server = await serve(
        makeChannel(packages, ["python", "emscripten-abi"], ["numpy", "libfoo", "six"]),
      );
      importSolver.mockClear();
      loader = new Loader({ ...modules, FS: fs, solverWasm, channels: [server.url], importSolver });
    });

    test("names need no solver, and one request besides the bundles", async () => {
      await loader.load(["python"]);
      const before = server.requests.length;
      expect(names(await loader.load(["numpy"]))).toEqual(["libfoo", "numpy"]);
      expect(names(await loader.load(["six"]))).toEqual(["six"]);
      expect(server.requests.slice(before).sort()).toEqual([
        "default-lock.json",
        "emscripten-wasm32/libfoo-1.0-h_0.lz4b",
        "emscripten-wasm32/numpy-2.2.6-h_0.lz4b",
        "noarch/six-1.17.0-h_0.lz4b",
      ]);
      expect(isSolved()).toBe(false);
    });

    test("names need no solver at the start, either", async () => {
      expect(names(await loader.load(["python", "numpy"]))).toEqual([
        "emscripten-abi",
        "libfoo",
        "numpy",
        "python",
      ]);
      expect(isSolved()).toBe(false);
    });

    test("a lock is current until the channel has another package", async () => {
      await loader.load(["python", "numpy"]);
      const lock = loader.lock();
      expect(await loader.isCurrent(lock)).toBe(true);
      const requests = server.requests.length;
      expect(await makeLoader(server.url).isCurrent(lock)).toBe(true);
      expect(server.requests.slice(requests).filter((path) => path.endsWith(".lz4b"))).toEqual([]);

      const newer = packages.map((pkg) =>
        pkg.name === "libfoo" ? { ...pkg, version: "1.1" } : pkg,
      );
      const other = await serve(
        makeChannel(newer, ["python", "emscripten-abi"], ["numpy", "libfoo", "six"]),
      );
      expect(await makeLoader(other.url).isCurrent(lock)).toBe(false);
      other.close();
      expect(isSolved()).toBe(false);
    });

    test("a preview needs no solver", async () => {
      await loader.load(["python"]);
      await loader.preview(["numpy"]);
      expect(isSolved()).toBe(false);
    });

    test.each([["six"], ["six >=1,<2"], ["six=1.17"]])("%s needs no solver", async (spec) => {
      await loader.load(["python >=3.13"]);
      expect(names(await loader.load([spec, "python 3.13.*"]))).toEqual(["six"]);
      expect(await loader.load([spec])).toEqual([]);
      expect(isSolved()).toBe(false);
    });

    test.each([["six ~=1.5"], ["yaml-r"]])("%s needs the solver", async (spec) => {
      await loader.load(["python"]);
      expect(names(await loader.load([spec]))).toContain("six");
      expect(isSolved()).toBe(true);
    });

    test("a requested version that the lock cannot confirm needs the solver", async () => {
      await loader.load(["python"]);
      await loader.load(["numpy", "six ~=1.5"]);
      expect(isSolved()).toBe(true);
    });

    test("a loaded package that differs from the lock needs the solver", async () => {
      const changed = makeChannel(packages, ["python", "emscripten-abi"], ["six"]);
      const lock = JSON.parse(new TextDecoder().decode(changed.get("default-lock.json")));
      for (const entry of lock.packages) if (entry.name === "python") entry.sha256 = "0".repeat(64);
      server.files.set("default-lock.json", new TextEncoder().encode(JSON.stringify(lock)));
      await loader.load(["python"]);
      expect(names(await loader.load(["six"]))).toEqual(["six"]);
      expect(isSolved()).toBe(true);
    });
  });

  test("a channel on the disk works like one on a server", async () => {
    const folder = write(server.files);
    try {
      const url = `${pathToFileURL(folder)}/`;
      loader = makeLoader(url);
      await loader.load(["python"]);
      expect(names(await loader.load(["numpy", "six"]))).toEqual(["libfoo", "numpy", "six"]);
      expect(loader.loaded.get("six")?.channel).toBe(url);
      await expect(loader.load(["nothing"])).rejects.toThrow(loaderError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a package is taken from the first channel that has it", async () => {
    const newer = packages.map((item) => ({ ...item, version: "99.0", depends: [] }));
    const second = await serve(makeChannel(newer.filter(({ name }) => name !== "python")));
    try {
      loader = makeLoader(server.url, second.url);
      await loader.load(["six"]);
      expect(loader.loaded.get("six")?.record.version).toBe("1.17.0");
    } finally {
      second.close();
    }
  });

  test("a page without crypto.subtle verifies packages, too", async () => {
    vi.stubGlobal("crypto", {});
    await loader.load(["python"]);
    flip(server.files.get("noarch/six-1.17.0-h_0.lz4b"), 20, 1);
    await expect(loader.load(["six"])).rejects.toThrow(/is not what the channel promises/);
  });

  test("distributions finds projects, and packages with modules but without metadata", async () => {
    const yaml = {
      name: "ruamel-yaml",
      version: "0.18.6.post1",
      extras: ["x; extra == 'y'"],
      package: "yaml-r",
      packageVersion: "0.18.6",
    };
    expect(await loader.distributions("ruamel-yaml")).toEqual([yaml]);
    expect(await loader.distributions("six")).toEqual([
      { name: "six", version: "1.17.0", extras: [], package: "six", packageVersion: "1.17.0" },
    ]);
    for (const unknown of ["yaml-r", "emscripten-abi", "nothing", "constructor"]) {
      expect(await loader.distributions(unknown)).toEqual([]);
    }
  });

  test("distributions takes a project from the first channel that has it", async () => {
    const newer = packages.map((item) => ({ ...item, version: item.version.replace("1.17", "2") }));
    const second = await serve(makeChannel(newer, ["python"]));
    const both = makeLoader(second.url, server.url);
    expect((await both.distributions("six")).map(({ version }) => version)).toEqual(["2.0"]);
    second.close();
  });

  test("a preview names the projects that a load would add, and loads none", async () => {
    await loader.load(["python"]);
    const before = list("/lib");
    expect((await loader.preview(["yaml-r"])).map(({ name }) => name)).toEqual(["ruamel-yaml"]);
    await expect(loader.preview(["yaml-r >9"])).rejects.toThrow(/yaml-r >9 cannot be loaded/);
    expect(list("/lib")).toEqual(before);
    await loader.load(["yaml-r"]);
    expect(await loader.preview(["yaml-r"])).toEqual([]);
  });

  test("packagesFor finds the packages of modules", async () => {
    expect(await loader.packagesFor(["numpy.linalg", "six", "sys", "numpy"])).toEqual([
      "numpy",
      "six",
    ]);
  });

  describe("refuses", () => {
    beforeEach(async () => {
      await loader.load(["python"]);
    });

    /** Asserts that loading fails with this message and changes nothing. */
    const refuses = async (specs: string[], message: RegExp): Promise<void> => {
      const before = list("/lib");
      const errors: string[] = [];
      const loading = loader.load(specs, { errorCallback: (line) => errors.push(line) });
      await expect(loading).rejects.toThrow(loaderError);
      await expect(loading).rejects.toThrow(message);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(message);
      expect(list("/lib")).toEqual(before);
      expect([...loader.loaded.keys()].sort()).toEqual(["emscripten-abi", "python"]);
      expect(libraries.size).toBe(0);
    };
    const numpy = "emscripten-wasm32/numpy-2.2.6-h_0.lz4b";

    test.each(["six[md5=1]", "", "six; ls", "../six"])("%j, which is not a spec", (spec) =>
      refuses([spec], /is not a package spec. Write a name/),
    );

    test("an unknown package", () => refuses(["nothing"], /nothing cannot be loaded from http/));

    test("a version that does not exist", () =>
      refuses(["numpy >=9"], /numpy >=9 cannot be loaded from http/));

    test("a package that needs another version of a loaded package", () =>
      refuses(["old"], /old cannot be loaded from .*python/s));

    test("another version of a loaded package", () =>
      refuses(["python 3.12.*"], /python 3.12.\* cannot be loaded from/));

    test("flipped bits anywhere in a bundle", async () => {
      const bytes = server.files.get(numpy);
      for (let at = 0; at < (bytes?.length ?? 0); at += 37) {
        flip(bytes, at, 1 << (at % 8));
        await refuses(["numpy"], /numpy-2.2.6-h_0.lz4b is not what the channel promises/);
        flip(bytes, at, 1 << (at % 8));
      }
    });

    test("a truncated bundle", async () => {
      server.files.set(numpy, (server.files.get(numpy) as Uint8Array<ArrayBuffer>).slice(0, 99));
      await refuses(
        ["numpy"],
        /promises: 99 bytes with sha256 .* instead of \d+ bytes with sha256/,
      );
    });

    test("a missing bundle", async () => {
      server.files.delete(numpy);
      await refuses(["numpy"], /numpy-2.2.6-h_0.lz4b is missing. Run `conda-emscripten index`/);
    });

    test("a package without an entry in bundles.json", async () => {
      server.files.set(
        "emscripten-wasm32/bundles.json",
        new TextEncoder().encode('{"version": 2, "subdir": "emscripten-wasm32", "bundles": {}}'),
      );
      await refuses(["numpy"], /bundles.json has no bundle that fits (numpy|libfoo)-.*conda/);
    });

    test("a bundles.json that is not JSON", async () => {
      server.files.set("emscripten-wasm32/bundles.json", new TextEncoder().encode("<html>"));
      await refuses(["numpy"], /bundles.json is not JSON/);
    });

    test("a bundles.json of another version", async () => {
      server.files.set(
        "emscripten-wasm32/bundles.json",
        new TextEncoder().encode('{"version": 9, "bundles": {}}'),
      );
      await refuses(["numpy"], /bundles.json has version 9, this loader reads 2/);
    });

    test("a side module that is not WebAssembly", async () => {
      const broken = packages.map((item) =>
        item.name !== "libfoo" || !item.contents
          ? item
          : {
              ...item,
              contents: { ...item.contents, files: py("lib/libfoo.so.1", "\0asm????") },
            },
      );
      for (const [path, content] of makeChannel(broken)) server.files.set(path, content);
      await refuses(["numpy"], /libfoo-1.0-h_0.lz4b: lib\/libfoo.so.1 cannot be compiled/);
    });

    test("a folder in the way", async () => {
      fs.mkdirTree(`/${site}/six.py`);
      await refuses(["numpy", "six"], /a folder is in the way of .*six.py/);
    });

    test("a stopped server", async () => {
      server.close();
      await refuses(["numpy"], /default-lock.json cannot be fetched/);
      await refuses(["numpy >=2"], /default-lock.json cannot be fetched/);
    });
  });

  test("a stopped server is a network error at the first load, too", async () => {
    server.close();
    await expect(loader.load(["python"])).rejects.toThrow(/lock.json cannot be fetched/);
  });
});
