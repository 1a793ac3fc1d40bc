// How does a test make a package at an address?
//
// This module makes the two files of file_packager, and conda packages.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { python, root } from "./needs.js";

type Files = Record<string, Uint8Array>;

/**
 * The files that Emscripten's file_packager writes.
 *
 * @param emcc path of the compiler, with file_packager in the same folder
 * @param how "--preload" or "--embed"
 * @returns `<name>.js`, `<name>.data`, …
 */
export function packageFiles(
  emcc: string,
  name: string,
  files: Files,
  options: string[] = [],
  how = "--preload",
): Map<string, Uint8Array<ArrayBuffer>> {
  const folder = mkdtempSync(join(tmpdir(), "conda-emscripten-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, "root", path)), { recursive: true });
      writeFileSync(join(folder, "root", path), content);
    }
    execFileSync(
      join(dirname(emcc), "file_packager"),
      [`${name}.data`, how, "root@/", `--js-output=${name}.js`, "--quiet", ...options],
      { cwd: folder, stdio: "pipe" },
    );
    rmSync(join(folder, "root"), { recursive: true });
    return new Map(
      readdirSync(folder).map((file) => [file, new Uint8Array(readFileSync(join(folder, file)))]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The two files in the form of Pyodide 0.16's packager: the same protocol, shortened. */
export function oldPackageFiles(name: string, files: Files): Map<string, Uint8Array<ArrayBuffer>> {
  const paths = Object.keys(files);
  const data = Buffer.concat(paths.map((path) => files[path] as Uint8Array));
  const list: { filename: string; start: number; end: number }[] = [];
  for (const path of paths) {
    const start = list.at(-1)?.end ?? 0;
    list.push({ filename: `/${path}`, start, end: start + (files[path] as Uint8Array).length });
  }
  const script = `
    var Module = typeof pyodide._module !== 'undefined' ? pyodide._module : {};
    Module.checkABI(1);
    (function () {
      var files = ${JSON.stringify(list)};
      var name = Module['locateFile'] ? Module['locateFile']('${name}.data', '') : '${name}.data';
      var fetched = Module['getPreloadedPackage'](name, ${data.length});
      if (!fetched) throw new Error('XMLHttpRequest is wanted');
      function runWithFS() {
        files.forEach(function (file) { Module['addRunDependency']('fp ' + file.filename); });
        Module['addRunDependency']('datafile_${name}.data');
        if (!(fetched instanceof ArrayBuffer)) throw 'bad input to processPackageData';
        files.forEach(function (file) {
          var bytes = new Uint8Array(fetched).subarray(file.start, file.end);
          Module['FS_createPreloadedFile'](file.filename, null, bytes, true, true, function () {
            Module['removeRunDependency']('fp ' + file.filename);
          }, function () {}, false, true);
        });
        Module['removeRunDependency']('datafile_${name}.data');
      }
      if (Module['calledRun']) runWithFS();
      else {
        if (!Module['preRun']) Module['preRun'] = [];
        Module['preRun'].push(runWithFS);
      }
    })();`;
  return new Map([
    [`${name}.js`, new TextEncoder().encode(script)],
    [`${name}.data`, new Uint8Array(data)],
  ]);
}

export interface CondaPackage {
  /** info/index.json */
  index: object;
  files: Files;
  /** Path -> target. */
  symlinks?: Record<string, string>;
  hardlinks?: Record<string, string>;
  /** Empty folders, which info/paths.json lists. */
  folders?: string[];
  /** Path -> further keys of its entry in info/paths.json. */
  entries?: Record<string, object>;
  /** Content of info/paths.json in place of the right one. */
  paths?: object[];
  /** The entry points in info/link.json. */
  entryPoints?: string[];
  /** Whether the zip compresses its parts. */
  deflated?: boolean;
  /** Of bzip2, 1 to 9; 9 if absent. Blocks have 100,000 bytes times this. */
  level?: number;
  /** The number of bzip2 streams, one after the other; 1 if absent. */
  streams?: number;
}

const WRITE_CONDA = `
import base64, bz2, hashlib, io, json, sys, tarfile, zipfile, zstandard
package = json.load(sys.stdin)
files = {path: base64.b64decode(text) for path, text in package["files"].items()}
paths = [
    {"_path": path, "path_type": "hardlink", "size_in_bytes": len(content),
     "sha256": hashlib.sha256(content).hexdigest(), **package["entries"].get(path, {})}
    for path, content in files.items()
]
paths += [{"_path": path, "path_type": "softlink"} for path in package["symlinks"]]
paths += [{"_path": path, "path_type": "directory"} for path in package["folders"]]
# As conda-build did at the time of each format: long names and targets are different.
tar_format = tarfile.GNU_FORMAT if package["format"] == "tar.bz2" else tarfile.PAX_FORMAT

def pack(files, symlinks={}, hardlinks={}):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tar_format) as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755 if path.startswith("bin/") else 0o644
            tar.addfile(member, io.BytesIO(content))
        for kind, links in ((tarfile.SYMTYPE, symlinks), (tarfile.LNKTYPE, hardlinks)):
            for path, target in links.items():
                member = tarfile.TarInfo(path)
                member.type, member.linkname = kind, target
                tar.addfile(member)
    return raw.getvalue()

info = {"info/index.json": json.dumps(package["index"]).encode(),
        "info/paths.json": json.dumps({"paths": package["paths"] or paths}).encode()}
if package["entryPoints"]:
    link = {"noarch": {"type": "python", "entry_points": package["entryPoints"]}}
    info["info/link.json"] = json.dumps(link).encode()
links = (package["symlinks"], package["hardlinks"])
out = io.BytesIO()
if package["format"] == "tar.bz2":
    raw = pack({**files, **info}, *links)
    size = -(-len(raw) // package["streams"])
    for start in range(0, len(raw), size):
        out.write(bz2.compress(raw[start : start + size], package["level"]))
else:
    compress = zstandard.ZstdCompressor(level=19).compress
    method = zipfile.ZIP_DEFLATED if package["deflated"] else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method) as container:
        container.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
        container.writestr("pkg-p.tar.zst", compress(pack(files, *links)))
        container.writestr("info-p.tar.zst", compress(pack(info)))
sys.stdout.buffer.write(out.getvalue())
`;

export type CondaFormat = "conda" | "tar.bz2";

/** A conda package (CEP 26), made by Python's zipfile, tarfile, bz2 and zstandard. */
export function condaFile(
  contents: CondaPackage,
  format: CondaFormat = "conda",
): Uint8Array<ArrayBuffer> {
  const { symlinks = {}, hardlinks = {}, folders = [], entries = {} } = contents;
  const { paths = null, entryPoints = [] } = contents;
  const files = Object.fromEntries(
    Object.entries(contents.files).map(([path, bytes]) => [
      path,
      Buffer.from(bytes).toString("base64"),
    ]),
  );
  const input = JSON.stringify({
    index: contents.index,
    files,
    symlinks,
    hardlinks,
    folders,
    entries,
    paths,
    entryPoints,
    deflated: contents.deflated ?? false,
    level: contents.level ?? 9,
    streams: contents.streams ?? 1,
    format,
  });
  const output = execFileSync(python, ["-c", WRITE_CONDA], {
    cwd: root,
    input,
    maxBuffer: 1 << 28,
  });
  return new Uint8Array(output);
}
