import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Loader } from "../src/index.js";
import { emptyWasm, makeChannel, serve, type TestPackage, type TestServer } from "./channel.js";
import { createModule, skipped, type TestFS } from "./emscripten.js";
import { loaderError } from "./errors.js";
import { modules } from "./modules.js";
import { compiler, skippedWithout, solverWasm } from "./needs.js";
import { type Contents, concat, pack } from "./pack.js";
import {
  type CondaFormat,
  type CondaPackage,
  condaFile,
  oldPackageFiles,
  packageFiles,
} from "./package-files.js";

const site = "lib/python3.13/site-packages";
const text = (content: string) => new TextEncoder().encode(content);
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const packages: TestPackage[] = [
  {
    name: "python",
    version: "3.13.5",
    contents: { files: { "lib/python3.13/os.py": text("os") } },
  },
  {
    name: "numpy",
    version: "2.2.6",
    depends: ["python >=3.13,<3.14"],
    contents: { files: { [`${site}/numpy/__init__.py`]: text("the channel's") } },
  },
  {
    name: "pandas",
    version: "3.0",
    depends: ["numpy >=2"],
    contents: { files: { [`${site}/pandas.py`]: text("pandas") } },
  },
];

/** The files of a package; some are larger than an LZ4 chunk of file_packager. */
const numpy: Contents["files"] = {
  [`${site}/numpy/__init__.py`]: text("special\n"),
  [`${site}/numpy/table.bin`]: Uint8Array.from({ length: 9000 }, (_, n) => (n * n) >> (n % 7)),
  [`${site}/numpy/words.txt`]: text("a word and ".repeat(900)),
  [`${site}/numpy/_core.so`]: emptyWasm,
  [`${site}/numpy/empty.py`]: text(""),
};

const emcc = compiler();
const without = skipped || skippedWithout(emcc !== undefined, "emcc from `make quickstart`");

describe.skipIf(without)("a package at an address", () => {
  let fs: TestFS;
  let server: TestServer;
  let loader: Loader;
  let libraries: Map<string, WebAssembly.Module>;
  let messages: string[];
  let errors: string[];

  const load = (...specs: string[]) =>
    loader.load(specs, {
      messageCallback: (line) => messages.push(line),
      errorCallback: (line) => errors.push(line),
    });
  const put = (files: Map<string, Uint8Array<ArrayBuffer>>) => {
    for (const [path, content] of files) server.files.set(`custom/${path}`, content);
  };
  const at = (path: string) => `${server.url}custom/${path}`;
  const read = (path: string) => fs.readFile(`/${path}`, { encoding: "utf8" });
  const from = () =>
    Object.fromEntries(Array.from(loader.loaded, ([name, { channel }]) => [name, channel]));
  const expectNumpy = () => {
    for (const [path, content] of Object.entries(numpy)) {
      expect(fs.readFile(`/${path}`), path).toEqual(content);
    }
    expect([...libraries.keys()]).toEqual([`/${site}/numpy/_core.so`]);
  };
  /** Asserts that loading fails with this message and changes nothing. */
  const refuses = async (address: string, message: RegExp | string): Promise<void> => {
    const before = fs.readdir("/");
    const loading = load(address);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(loaderError);
    expect(errors).toHaveLength(1);
    expect(fs.readdir("/")).toEqual(before);
    expect(Object.keys(from())).toEqual(["python"]);
    expect(libraries.size).toBe(0);
    expect("Module" in globalThis || "pyodide" in globalThis).toBe(false);
  };

  const start = async () => {
    fs = (await createModule()).FS;
    libraries = new Map();
    messages = [];
    errors = [];
    loader = new Loader({
      ...modules,
      FS: fs,
      solverWasm,
      channels: [server.url],
      registerLibrary: (path, module) => libraries.set(path, module),
      scriptGlobals: (Module) => ({ Module, pyodide: { _module: Module } }),
    });
    await load("python");
    messages = [];
  };

  beforeEach(async () => {
    server = await serve(makeChannel(packages, ["python"]));
    await start();
  });

  afterEach(() => {
    server.close();
    vi.unstubAllGlobals();
  });

  describe("by file_packager", () => {
    test.each([
      ["with nothing else", []],
      ["with --lz4", ["--lz4"]],
      ["for pyodide._module", ["--export-name=pyodide._module"]],
      ["with --use-preload-plugins", ["--use-preload-plugins"]],
      ["with --lz4 and other options", ["--lz4", "--export-name=pyodide._module", "--no-node"]],
    ])("%s is mounted", async (_, options) => {
      put(packageFiles(emcc as string, "numpy", numpy, options));
      await load(at("numpy.js"));
      expectNumpy();
      expect(from()).toEqual({ python: server.url, numpy: at("numpy.js") });
      expect(messages).toEqual([`Loading numpy from ${at("numpy.js")}`, "Loaded numpy"]);
      expect(errors).toEqual([]);
      expect("Module" in globalThis || "pyodide" in globalThis).toBe(false);
    });

    test("with files embedded in the script is mounted", async () => {
      put(packageFiles(emcc as string, "numpy", numpy, [], "--embed"));
      await load(at("numpy.js"));
      expectNumpy();
    });

    test("for Pyodide 0.16 is mounted", async () => {
      put(oldPackageFiles("numpy", numpy));
      await load(at("numpy.js"));
      expectNumpy();
    });

    test("leaves a page's own Module and pyodide alone", async () => {
      const own = { Module: { mine: true }, pyodide: { mine: true } };
      for (const [name, value] of Object.entries(own)) vi.stubGlobal(name, value);
      put(packageFiles(emcc as string, "numpy", numpy));
      put(oldPackageFiles("six", { [`${site}/six.py`]: text("six") }));
      await Promise.all([load(at("numpy.js"), at("six.js"))]);
      expectNumpy();
      expect(read(`${site}/six.py`)).toBe("six");
      expect(globalThis).toMatchObject(own);
    });

    test("whose data is of another size is refused", async () => {
      put(packageFiles(emcc as string, "numpy", numpy));
      const data = server.files.get("custom/numpy.data") as Uint8Array<ArrayBuffer>;
      server.files.set("custom/numpy.data", data.slice(1));
      await refuses(at("numpy.js"), /numpy.data has \d+ bytes, but .*numpy.js wants \d+/);
    });

    test("whose data is missing is refused", async () => {
      put(packageFiles(emcc as string, "numpy", numpy));
      server.files.delete("custom/numpy.data");
      await refuses(at("numpy.js"), /numpy.data is missing \(404\)/);
    });

    test("that is missing is refused", () =>
      refuses(at("numpy.js"), /numpy.js is missing \(404\)/));

    test("that is not JavaScript is refused", async () => {
      put(new Map([["numpy.js", text("<html>")]]));
      await refuses(at("numpy.js"), /numpy.js cannot be run as a script: .*</);
    });

    test("that adds nothing is refused", async () => {
      put(new Map([["numpy.js", text("var x = 1;")]]));
      await refuses(at("numpy.js"), /numpy.js adds no files.*--export-name=pyodide._module/);
    });

    test("that throws is refused", async () => {
      put(
        new Map([["numpy.js", text("Module.preRun.push(() => { throw new Error('no luck'); });")]]),
      );
      await refuses(at("numpy.js"), /numpy.js failed: no luck/);
    });

    test("with a path that leads outside is refused", async () => {
      put(oldPackageFiles("numpy", { "../etc/passwd": text("x") }));
      await refuses(at("numpy.js"), /\.\.\/etc\/passwd leads outside/);
    });

    test("with side modules of old Emscriptens is refused", async () => {
      const dylink = concat([emptyWasm, Uint8Array.of(0, 7, 6, ...text("dylink"))]);
      put(oldPackageFiles("numpy", { [`${site}/numpy.so`]: dylink }));
      await refuses(
        at("numpy.js"),
        /numpy.js cannot be loaded: .*numpy.so was made by an Emscripten/,
      );
    });

    test("with damaged LZ4 in a side module is refused", async () => {
      put(packageFiles(emcc as string, "numpy", numpy, ["--lz4"]));
      server.files.get("custom/numpy.data")?.fill(0xff, 0, 50);
      await refuses(at("numpy.js"), /numpy.js cannot be loaded: /);
    });

    test("with damaged LZ4 elsewhere is an error when the file is read", async () => {
      put(packageFiles(emcc as string, "numpy", numpy, ["--lz4"]));
      const data = server.files.get("custom/numpy.data");
      // file_packager adds two chunks of scratch space at the end.
      data?.fill(0xff, data.length - 2 * 2048 - 20, data.length - 2 * 2048);
      await load(at("numpy.js"));
      const log = vi.spyOn(console, "error").mockReturnValue();
      expect(() => fs.readFile(`/${site}/numpy/words.txt`)).toThrow(fs.ErrnoError);
      log.mockRestore();
      expect(read(`${site}/numpy/__init__.py`)).toBe("special\n");
    });
  });

  describe("as a bundle", () => {
    const name = "numpy-9.1-py313_0";
    const file = `${name}.lz4b`;
    const bundle = () => bundleOf(`${name}.conda`, numpy);

    test("is mounted, and the solver knows its version", async () => {
      put(new Map([[file, bundle()]]));
      await load(at(file));
      expectNumpy();
      expect(loader.loaded.get("numpy")).toMatchObject({
        channel: at(file),
        record: { version: "9.1", build: "py313_0" },
      });
      await load("pandas");
      expect(from()).toEqual({ python: server.url, numpy: at(file), pandas: server.url });
      expect(read(`${site}/numpy/__init__.py`)).toBe("special\n");
      await expect(load("numpy 2.2.6")).rejects.toThrow(/numpy 2.2.6 cannot be loaded/);
    });

    test("with the sha256 that the address says is mounted", async () => {
      put(new Map([[file, bundle()]]));
      await load(`${at(file)}#sha256=${digest(bundle())}`);
      expect(from().numpy).toBe(at(file));
    });

    test("with another sha256 is refused", async () => {
      put(new Map([[file, bundle()]]));
      await refuses(`${at(file)}#sha256:${"0".repeat(64)}`, /has the sha256 .*, not 0{64}/);
    });

    test("with any flipped bit is refused", async () => {
      const bytes = bundle();
      put(new Map([[file, bytes]]));
      for (let offset = 0; offset < bytes.length; offset += 411) {
        bytes[offset] = (bytes[offset] as number) ^ (1 << (offset % 8));
        await refuses(at(file), /lz4b cannot be loaded: the bundle is damaged/);
        bytes[offset] = (bytes[offset] as number) ^ (1 << (offset % 8));
        errors = [];
      }
    });

    test.each([
      ["", "emscripten-wasm64"],
      ["noarch/", "noarch"],
    ])("in the folder %j has the subdir %s", async (folder, subdir) => {
      put(new Map([[`${folder}${file}`, bundle()]]));
      loader = new Loader({ ...modules, FS: fs, channels: [], platform: "emscripten-wasm64" });
      await load(at(`${folder}${file}`));
      expect(loader.loaded.get("numpy")?.record.subdir).toBe(subdir);
    });

    test("of another package is refused", async () => {
      put(new Map([["scipy-1.0-0.lz4b", bundle()]]));
      await refuses(at("scipy-1.0-0.lz4b"), /it holds the package numpy/);
    });
  });

  describe.each<CondaFormat>(["conda", "tar.bz2"])("as a .%s file", (format) => {
    const file = `numpy-9.1-py313_0.${format}`;
    const placeholder = `/build/${"placehold_".repeat(6)}`;
    const long = `${"long/".repeat(40)}name.txt`;
    const contents: CondaPackage = {
      index: {
        name: "numpy",
        version: "9.1",
        build: "py313_0",
        build_number: 0,
        subdir: "emscripten-wasm32",
        depends: ["python >=3.13,<3.14"],
      },
      files: {
        ...numpy,
        "bin/f2py": text(`#!${placeholder}/bin/python\nprefix = "${placeholder}"\n`),
        "lib/data.bin": concat([text(`\x01\xff${placeholder}/share:x\0\x80tail`)]),
        [`lib/${long}`]: text("long"),
      },
      symlinks: { "lib/libx.so": "libx.so.1", "lib/up": "../.", [`lib/${"l".repeat(99)}`]: long },
      hardlinks: { "lib/libx.so.1": `${site}/numpy/words.txt`, "lib/again": "lib/libx.so" },
      folders: ["var/empty", "lib"],
      entries: {
        "bin/f2py": { prefix_placeholder: placeholder, file_mode: "text" },
        "lib/data.bin": { prefix_placeholder: placeholder, file_mode: "binary" },
      },
    };

    test("is unpacked, verified and moved to the mount point", async () => {
      put(new Map([[file, condaFile(contents, format)]]));
      await load(at(file));
      expectNumpy();
      expect(read("bin/f2py")).toBe('#!/bin/python\nprefix = "/"\n');
      expect(fs.stat("/bin/f2py").mode & 0o777).toBe(0o755);
      const binary = contents.files["lib/data.bin"] as Uint8Array;
      const moved = fs.readFile("/lib/data.bin");
      expect(moved.length).toBe(binary.length);
      expect(new TextDecoder("latin1").decode(moved)).toContain(`/share:x${"\0".repeat(10)}`);
      expect(new TextDecoder().decode(moved)).toMatch(/tail$/);
      for (const path of ["lib/libx.so", "lib/again", "lib/up/lib/again"]) {
        expect(read(path), path).toBe(read(`${site}/numpy/words.txt`));
      }
      expect(fs.lstat("/lib/again").mode).toBe(fs.lstat("/lib/libx.so").mode);
      expect(read(`lib/${long}`)).toBe("long");
      expect(read(`lib/${"l".repeat(99)}`)).toBe("long");
      expect(fs.readdir("/var/empty")).toEqual([".", ".."]);
      expect(loader.loaded.get("numpy")).toMatchObject({
        channel: at(file),
        record: { version: "9.1", depends: ["python >=3.13,<3.14"] },
      });
    });

    test("of noarch: python goes to the site-packages of the loaded Python", async () => {
      const index = { ...contents.index, name: "six", subdir: "noarch", noarch: "python" };
      const files = { "site-packages/six.py": text("six"), "info.txt": text("info") };
      const entryPoints = ["six-tool = six.tools:Tool.main"];
      const symlinks = { "site-packages/alias.py": "six.py" };
      const six = condaFile({ index, files, symlinks, entryPoints }, format);
      put(new Map([[`six-1-0.${format}`, six]]));
      await load(at(`six-1-0.${format}`));
      expect(read(`${site}/six.py`)).toBe("six");
      expect(read(`${site}/alias.py`)).toBe("six");
      expect(read("info.txt")).toBe("info");
      expect(read("bin/six-tool")).toMatch(/^#!.*\n.*\nfrom six.tools import Tool\n/);
      expect(read("bin/six-tool")).toMatch(/ sys.exit\(Tool.main\(\)\)\n$/);
      expect(fs.stat("/bin/six-tool").mode & 0o777).toBe(0o755);
    });

    test("brings its dependencies from the channels", async () => {
      const index = { ...contents.index, name: "scipy", depends: ["numpy >=2,<3", "python"] };
      put(
        new Map([
          [`scipy-1-0.${format}`, condaFile({ index, files: { "lib/s": text("") } }, format)],
        ]),
      );
      await load(at(`scipy-1-0.${format}`));
      expect(from()).toMatchObject({ scipy: at(`scipy-1-0.${format}`), numpy: server.url });
      expect(read(`${site}/numpy/__init__.py`)).toBe("the channel's");
    });

    test.each<[string, Partial<CondaPackage>, RegExp]>([
      ["an absolute link", { symlinks: { "lib/l": "/etc" } }, /link lib\/l leads outside .* \/etc/],
      ["a link outside", { symlinks: { "lib/l": "../../x" } }, /leads outside .* to ..\/..\/x/],
      ["an empty link", { symlinks: { "lib/l": "" } }, /link lib\/l leads outside/],
      [
        "a file and a link in one place",
        { symlinks: { "lib/data.bin": "a" } },
        /data.bin is in it/,
      ],
      ["a link in place of a folder", { symlinks: { lib: "share" } }, /lib is used twice/],
      ["a folder in place of a file", { folders: ["bin/f2py"] }, /bin\/f2py is used twice/],
      ["a folder outside", { folders: ["../x"] }, /..\/x leads outside the package/],
      ["a hard link outside", { hardlinks: { "lib/h": "../x" } }, /hard link lib\/h leads outside/],
    ])("with %s is refused", async (_, change, message) => {
      put(new Map([[file, condaFile({ ...contents, hardlinks: {}, ...change }, format)]]));
      await refuses(at(file), message);
    });

    test("with two files for one place is refused", async () => {
      const index = { ...contents.index, subdir: "noarch", noarch: "python" };
      const files = { "site-packages/x.py": text("1"), [`${site}/x.py`]: text("2") };
      put(new Map([[file, condaFile({ index, files }, format)]]));
      await refuses(at(file), /two of its files are installed as .*\/x.py/);
    });

    test("with an invalid entry point is refused", async () => {
      const entryPoints = ["../numpy = numpy:main"];
      put(new Map([[file, condaFile({ ...contents, entryPoints }, format)]]));
      await refuses(at(file), /the entry point ..\/numpy = numpy:main is not/);
    });

    test("with unavailable dependencies is refused", async () => {
      const index = { ...contents.index, depends: ["python 3.12.*"] };
      put(new Map([[file, condaFile({ ...contents, index }, format)]]));
      await refuses(at(file), /python 3.12/);
    });

    test("that differs from its info/paths.json is refused", async () => {
      const entries = { ...contents.entries, [`${site}/numpy/words.txt`]: { sha256: "ab" } };
      put(new Map([[file, condaFile({ ...contents, entries }, format)]]));
      await refuses(at(file), /words.txt is not the file that info\/paths.json describes/);
    });

    test("that lacks a file is refused", async () => {
      put(new Map([[file, condaFile({ ...contents, paths: [{ _path: "lib/none" }] }, format)]]));
      await refuses(at(file), /lib\/none is missing/);
    });

    test("with flipped bits is refused, or is read without a difference", async () => {
      const bytes = condaFile(contents, format);
      // -1 in .tar.bz2
      const name = new TextDecoder("latin1").decode(bytes).indexOf("pkg-p.tar.zst");
      put(new Map([[file, bytes]]));
      let refused = 0;
      for (let offset = name + 13; offset < name + 1200; offset += 31) {
        const flip = () => {
          bytes[offset] = (bytes[offset] as number) ^ (1 << (offset % 8));
        };
        flip();
        try {
          await load(at(file));
          expectNumpy();
          await start();
        } catch (error) {
          expect(error).toEqual(loaderError);
          expect(String(error)).toContain(`${file} cannot be loaded: `);
          refused++;
        }
        flip();
      }
      expect(refused).toBeGreaterThan(20);
    });

    test.each([
      ["is cut", (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -100)],
      ["is not a zip", () => text("<html>not found</html>")],
      ["is empty", () => text("")],
    ])("that %s is refused", async (_, change) => {
      put(new Map([[file, change(condaFile(contents, format))]]));
      await refuses(at(file), /cannot be loaded: it is not a sound conda package/);
    });
  });

  test("with compressed parts in the zip is refused", async () => {
    const index = { name: "numpy", version: "1", build: "0", depends: [] };
    const bomb = condaFile({ index, files: { "lib/zeros": new Uint8Array(100) }, deflated: true });
    put(new Map([["numpy-1-0.conda", bomb]]));
    await refuses(at("numpy-1-0.conda"), /is not stored/);
  });

  test.each<CondaFormat>(["conda", "tar.bz2"])(
    "that becomes huge is refused: .%s",
    async (format) => {
      const index = { name: "numpy", version: "1", build: "0", depends: [] };
      const files = { "lib/zeros": new Uint8Array(100_000_000) };
      const bomb = condaFile({ index, files }, format);
      expect(bomb.length).toBeLessThan(100_000);
      put(new Map([[`numpy-1-0.${format}`, bomb]]));
      await refuses(at(`numpy-1-0.${format}`), /it is larger than 67108864 bytes unpacked/);
    },
  );

  describe("compressed by bzip2", () => {
    const index = { name: "numpy", version: "1", build: "0", depends: [] };
    const file = "numpy-1-0.tar.bz2";
    /** Incompressible bytes. */
    const noise = (size: number) => {
      let state = 1;
      return Uint8Array.from({ length: size }, () => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return state >>> 24;
      });
    };
    const loads = async (content: Uint8Array, bytes: Uint8Array<ArrayBuffer>) => {
      put(new Map([[file, bytes]]));
      await load(at(file));
      expect(digest(fs.readFile("/lib/data"))).toBe(digest(content)); // faster than toEqual
    };

    test.each([
      ["one block of little text", text("text"), 9],
      ["one block of one byte value", new Uint8Array(800_000), 9],
      ["many blocks of the smallest size", noise(450_000), 1],
      ["several blocks of the largest size", noise(2_000_000), 9],
      [
        "runs of every length",
        concat([...Array(600).keys()].map((n) => new Uint8Array(n).fill(n))),
        1,
      ],
    ])("in %s is mounted", (_, content, level) =>
      loads(content, condaFile({ index, files: { "lib/data": content }, level }, "tar.bz2")),
    );

    test.each([2, 7])("in %d streams, as by pbzip2, is mounted", (streams) => {
      const content = noise(150_000);
      const contents = { index, files: { "lib/data": content }, level: 1, streams };
      return loads(content, condaFile(contents, "tar.bz2"));
    });

    test("with bytes after the last stream, which bzip2 ignores, is mounted", () => {
      const content = text("text");
      const bytes = condaFile({ index, files: { "lib/data": content } }, "tar.bz2");
      return loads(content, concat([bytes, new Uint8Array(512)]));
    });

    test("with a damaged second stream is refused", async () => {
      const contents = { index, files: { "lib/data": noise(150_000) }, level: 1, streams: 2 };
      const bytes = condaFile(contents, "tar.bz2");
      bytes[bytes.length - 1000] = (bytes[bytes.length - 1000] as number) ^ 1;
      put(new Map([[file, bytes]]));
      await refuses(at(file), /it is not a sound conda package: .*CRC/);
    });
  });

  describe("whose address", () => {
    test.each([
      ["has another ending", "numpy.zip"],
      ["is of a wheel", "numpy-2.0-py3-none-any.whl"],
      ["has no name", ".js"],
      ["has no version", "numpy.conda"],
      ["is a folder", "numpy/"],
    ])("%s is refused", (_, path) => refuses(at(path), /must end with <package-name>.js/));

    test.each([`numpy.js#sha256=${"0".repeat(64)}`, "numpy-1-0.conda#md5", "numpy-1-0.lz4b#abc"])(
      "%s has an unusable hash and is refused",
      (path) => refuses(at(path), /after # there may only be sha256=/),
    );

    test("is not a URL is refused", () => refuses("http://[/numpy.js", /it is not a URL/));

    test("may have a query", async () => {
      put(oldPackageFiles("numpy", numpy));
      server.files.set("custom/numpy.js?v=1", server.files.get("custom/numpy.js") as never);
      await load(`${at("numpy.js")}?v=1`);
      expectNumpy();
    });
  });

  describe("whose name is loaded", () => {
    beforeEach(async () => {
      put(oldPackageFiles("numpy", numpy));
      await load(at("numpy.js"));
      messages = [];
      server.requests.length = 0;
    });

    test("from the same address does nothing", async () => {
      await load(at("numpy.js"));
      await load("numpy");
      expect([messages, errors, server.requests]).toEqual([[], [], []]);
    });

    test("from another address is a warning", async () => {
      await load(`${server.url}other/numpy.js`);
      expect(errors).toEqual([
        `numpy is already loaded from ${at("numpy.js")}; ${server.url}other/numpy.js is not loaded.`,
      ]);
      expect(from().numpy).toBe(at("numpy.js"));
    });

    test("from a channel is a warning", async () => {
      await load("pandas"); // which needs numpy
      expect(read(`${site}/numpy/__init__.py`)).toBe("special\n");
      await load(at("pandas.js"));
      expect(errors).toEqual([
        `pandas is already loaded from ${server.url}; ${at("pandas.js")} is not loaded.`,
      ]);
    });

    test("cannot be requested by version", async () => {
      await expect(load("numpy >=2")).rejects.toThrow(/Whether numpy is >=2 is not known/);
    });
  });
});

/** A bundle of the conda package `packageFile`. */
function bundleOf(packageFile: string, files: Contents["files"]): Uint8Array<ArrayBuffer> {
  const libraries = Object.keys(files).filter((path) => path.endsWith(".so"));
  return pack({ files, libraries }, 64, packageFile);
}
