import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Bundle } from "../src/bundle.js";
import { ChunkCache } from "../src/chunks.js";
import { foreignFiles, Mounter } from "../src/index.js";
import { tree } from "./arbitrary.js";
import { createModule, skipped, skippedLibc, type TestFS, type TestModule } from "./emscripten.js";
import { loaderError } from "./errors.js";
import { type Contents, pack } from "./pack.js";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const bundle = (contents: Contents): Bundle => new Bundle(pack(contents), new ChunkCache());
const site = "opt/python3.13/site-packages";

describe.skipIf(skipped)("mounting", () => {
  let module: TestModule;
  let fs: TestFS;
  let mounter: Mounter;

  beforeEach(async () => {
    module = await createModule();
    fs = module.FS;
    mounter = new Mounter(fs);
  });

  test("any tree can be read at its mount point", () => {
    let count = 0;
    fc.assert(
      fc.property(tree, (contents) => {
        const root = `t${count++}`;
        const files = Object.entries(contents.files).map(([path, c]) => [`${root}/${path}`, c]);
        mounter.mount([bundle({ files: Object.fromEntries(files) })]);
        for (const [path, content] of files) {
          expect(fs.readFile(`/${path}`)).toEqual(content);
          expect(fs.stat(`/${path}`).size).toBe((content as Uint8Array).length);
        }
      }),
    );
  });

  test("files and folders of no package are found, and changed files of packages", () => {
    const own = foreignFiles(fs, ["/dev", "/proc"]);
    mounter.mount([
      bundle({
        files: { [`${site}/a/one.py`]: text("1"), [`${site}/a/two.py`]: text("2") },
        symlinks: { [`${site}/link`]: "a" },
      }),
    ]);
    expect(foreignFiles(fs, ["/dev", "/proc"])).toEqual(own);
    fs.writeFile(`/${site}/a/one.py`, "changed");
    fs.mkdirTree("/own");
    fs.writeFile("/own/file", "");
    fs.mkdirTree("/own/__pycache__");
    fs.writeFile("/own/__pycache__/file.pyc", "");
    const { files, folders, mounts } = foreignFiles(fs, ["/dev", "/proc"]);
    expect(files.filter((path) => !own.files.includes(path))).toEqual([
      `/${site}/a/one.py`,
      "/own/file",
    ]);
    expect(folders.filter((path) => !own.folders.includes(path))).toEqual([
      "/own",
      "/own/__pycache__",
    ]);
    expect(mounts).toEqual(own.mounts);
  });

  test("bundles share folders, which stay writable", () => {
    mounter.mount([
      bundle({ files: { [`${site}/a/__init__.py`]: text("a") } }),
      bundle({ files: { [`${site}/b.py`]: text("b") } }),
    ]);
    fs.writeFile(`/${site}/c.py`, "c");
    mounter.mount([bundle({ files: { [`${site}/a/sub/d.py`]: text("d") } })]);
    expect(fs.readdir(`/${site}`).sort()).toEqual([".", "..", "a", "b.py", "c.py"]);
    expect(fs.readFile(`/${site}/a/sub/d.py`, { encoding: "utf8" })).toBe("d");
  });

  test.each([
    ["overwritten", (path: string) => fs.writeFile(path, "new"), "new"],
    ["appended to", (path: string) => fs.writeFile(path, "!", { flags: "a" }), "old content!"],
    [
      "changed in the middle",
      (path: string) => fs.writeFile(path, "N", { flags: "r+" }),
      "Nld content",
    ],
    ["cut", (path: string) => fs.truncate(path, 3), "old"],
    ["emptied", (path: string) => fs.truncate(path, 0), ""],
    ["lengthened", (path: string) => fs.truncate(path, 12), "old content\0"],
  ])("a bundled file can be %s", (_, change, result) => {
    mounter.mount([bundle({ files: { "opt/f": text("old content"), "opt/g": text("other") } })]);
    const reader = fs.open("/opt/f", "r");
    change("/opt/f");
    expect(new TextDecoder().decode(fs.readFile("/opt/f"))).toBe(result);
    expect(new TextDecoder().decode(fs.readFile("/opt/g"))).toBe("other");
    // A stream that was opened before sees the change.
    const seen = new Uint8Array(20);
    expect(fs.read(reader, seen, 0, 20, 0)).toBe(result.length);
    fs.close(reader);
  });

  test("a bundled file can be renamed and removed", () => {
    mounter.mount([bundle({ files: { "opt/f": text("f"), "opt/g": text("g") } })]);
    fs.rename("/opt/f", "/opt/h");
    fs.unlink("/opt/g");
    expect(fs.readFile("/opt/h", { encoding: "utf8" })).toBe("f");
    expect(fs.readdir("/opt").sort()).toEqual([".", "..", "h"]);
  });

  test("reads stop at the end of the file, not of the chunk", () => {
    mounter.mount([bundle({ files: { "opt/f": text("first"), "opt/g": text("second") } })]);
    const stream = fs.open("/opt/f", "r");
    const buffer = new Uint8Array(20);
    expect(fs.read(stream, buffer, 1, 3)).toBe(3);
    expect(fs.read(stream, buffer, 4, 16)).toBe(2);
    expect(fs.read(stream, buffer, 0, 20)).toBe(0);
    expect(new TextDecoder().decode(buffer.subarray(1, 6))).toBe("first");
  });

  test("symbolic links lead to files of the same and of other bundles", () => {
    mounter.mount([
      bundle({ files: { "opt/x.so.1": text("x") } }),
      bundle({ files: {}, symlinks: { "opt/x.so": "x.so.1", "share/here": "../opt" } }),
    ]);
    expect(fs.readFile("/opt/x.so", { encoding: "utf8" })).toBe("x");
    expect(fs.readFile("/share/here/x.so", { encoding: "utf8" })).toBe("x");
  });

  test("permission bits are those of the bundle", () => {
    mounter.mount([
      bundle({ files: { "opt/f": text("f"), "opt/g": text("g") }, modes: { "opt/g": 0o755 } }),
    ]);
    expect(fs.stat("/opt/f").mode & 0o777).toBe(0o644);
    expect(fs.stat("/opt/g").mode & 0o777).toBe(0o755);
  });

  test("a file that exists is kept and reported", () => {
    fs.mkdirTree("/opt");
    fs.writeFile("/opt/f", "mine");
    const kept = mounter.mount([
      bundle({ files: { "opt/f": text("theirs"), "opt/g": text("g") } }),
    ]);
    expect(kept).toEqual(["/opt/f"]);
    expect(fs.readFile("/opt/f", { encoding: "utf8" })).toBe("mine");
    expect(fs.readFile("/opt/g", { encoding: "utf8" })).toBe("g");
  });

  test.each<[string, Contents, RegExp]>([
    ["a file in place of a folder", { files: { opt: text("f") } }, /a folder is in the way of/],
    ["a folder in place of a file", { files: { "opt/f/g": text("g") } }, /a file is in the way of/],
    [
      "a folder in place of a dangling link",
      { files: { "opt/l/g": text("g") } },
      /to nothing is in/,
    ],
    [
      "a folder in place of a link in a circle",
      { files: { "opt/c/g": text("") } },
      /to nothing is/,
    ],
  ])("%s is refused, and nothing stays mounted", (_, conflict, message) => {
    fs.mkdirTree("/opt");
    fs.writeFile("/opt/f", "f");
    fs.symlink("nothing", "/opt/l");
    fs.symlink("c", "/opt/c");
    const before = fs.readdir("/").sort();
    const good = bundle({ files: { "opt/a/b": text("b"), "srv/c": text("c") } });
    expect(() => mounter.mount([good, bundle(conflict)])).toThrow(loaderError);
    expect(() => mounter.mount([good, bundle(conflict)])).toThrow(message);
    expect(fs.readdir("/").sort()).toEqual(before);
    expect(fs.readdir("/opt").sort()).toEqual([".", "..", "c", "f", "l"]);
    expect(() => fs.stat("/srv/c")).toThrow();
    mounter.mount([good]);
    expect(fs.readFile("/opt/a/b", { encoding: "utf8" })).toBe("b");
  });

  test("a damaged chunk is an input/output error of the file", () => {
    const bytes = pack({ files: { "opt/f": text("x".repeat(64)) } });
    bytes.fill(0xff, bytes.length - 32 - 8, bytes.length - 32);
    mounter.mount([new Bundle(bytes, new ChunkCache())]);
    const log = vi.spyOn(console, "error").mockReturnValue();
    expect(() => fs.readFile("/opt/f")).toThrow(expect.objectContaining({ errno: 29 }));
    expect(log).toHaveBeenCalledWith(expect.stringContaining("cannot be read: an offset"));
    log.mockRestore();
  });

  test("a file costs neither a search of its path nor the decompression of its chunk", () => {
    const paths = Array.from({ length: 2000 }, (_, index) => `a/p${index % 60}/${index}.py`);
    const chunks = new ChunkCache();
    const decompress = vi.spyOn(chunks, "get");
    const search = vi.spyOn(fs, "lookupPath");
    const files = Object.fromEntries(paths.map((path) => [path, text(path)]));
    mounter.mount([new Bundle(pack({ files }), chunks)]);
    expect(search).toHaveBeenCalledTimes(1); // of the root
    expect(decompress).not.toHaveBeenCalled();
    expect(fs.readFile("/a/p59/1979.py", { encoding: "utf8" })).toBe("a/p59/1979.py");
    expect(decompress).toHaveBeenCalled();
  });

  test.skipIf(skippedLibc)("libc reads and maps a bundled file", () => {
    const content = Uint8Array.from({ length: 3000 }, (_, index) => index % 7);
    const sum = content.reduce((total, byte) => total + byte, 0);
    mounter.mount([bundle({ files: { "opt/f": content } })]);
    expect(module.sum?.("mmap", "/opt/f")).toBe(sum);
    expect(module.sum?.("fread", "/opt/f")).toBe(sum);
  });
});
