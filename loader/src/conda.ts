// Which files are in a conda package?
//
// This module unpacks `.conda` (CEP 26), a zip of info-*.tar.zst with the metadata and
// pkg-*.tar.zst with the files, and the older `.tar.bz2`, which has all of them in one archive.
// Unlike a bundle, the result has all files of the package, and no compiled byte code.

import { unpackTar } from "modern-tar";
import Bunzip from "seek-bzip";
import { unzip } from "unzipit";
import { type Archive, type ArchivedFile, archiveOf, PlainFile, plainTarget } from "./archive.js";
import { damage, LoaderError } from "./errors.js";
import type { PackageRecord } from "./formats.js";
import { sha256 } from "./sha256.js";
import {
  count,
  list,
  nullOr,
  object,
  optional,
  type Shape,
  shaped,
  text,
  textOf,
} from "./shape.js";
import { Unpacked, unzstd } from "./zstd.js";

/** The fields of an entry of info/paths.json that are used here. */
interface PathEntry {
  _path: string;
  path_type?: string | null;
  sha256?: string | null;
  prefix_placeholder?: string | null;
  file_mode?: string | null;
}

const maybeText = optional(nullOr(text));
const pathsShape = object({
  paths: list(
    object({
      _path: text,
      path_type: maybeText,
      sha256: maybeText,
      prefix_placeholder: maybeText,
      file_mode: maybeText,
    }),
  ),
});

/** info/index.json, as far as it is used here. */
interface Index {
  name: string;
  version: string;
  build: string;
  build_number?: number;
  subdir?: string;
  depends?: string[];
  noarch?: unknown;
}

const word = textOf(/^[^\s/]+$/, "a word");
const indexShape = object({
  name: word,
  version: word,
  build: word,
  build_number: optional(count),
  subdir: optional(word),
  depends: optional(list(text)),
});

const ENTRY_POINT = /^\s*(\w[\w.-]*)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\]\s*)?$/;

/** info/link.json of `noarch: python` packages. */
interface Link {
  noarch?: { entry_points?: string[] | null } | null;
}

const linkShape = object({
  noarch: optional(nullOr(object({ entry_points: optional(nullOr(list(text))) }))),
});

/** An unpacked tar file. */
interface Tree {
  /** Path -> file. */
  files: Map<string, { content: Uint8Array<ArrayBuffer>; mode: number }>;
  /** Path -> target. */
  symlinks: Map<string, string>;
}

/**
 * Unpack a package in memory and verify each file with its sha256 in info/paths.json.
 *
 * @param digest sha256 of the package
 * @param python version for `noarch: python` packages, such as "3.13"
 * @throws LoaderError for a damaged package; the message does not name it
 */
export async function readConda(
  bytes: Uint8Array,
  digest: string,
  python: string,
): Promise<{ archive: Archive; record: PackageRecord }> {
  let info: Tree;
  let tree: Tree;
  let index: Index;
  let paths: PathEntry[];
  let link: Link = {};
  try {
    [info, tree] = isBzip2(bytes) ? await readTarBz2(bytes) : await readParts(bytes);
    index = json(info, "info/index.json", indexShape);
    if (info.files.has("info/link.json")) link = json(info, "info/link.json", linkShape);
    // Packages from before 2017 have no paths.json.
    const isOld = !info.files.has("info/paths.json") && info.files.has("info/files");
    paths = isOld ? [] : json<{ paths: PathEntry[] }>(info, "info/paths.json", pathsShape).paths;
  } catch (error) {
    throw new LoaderError(`it is not a sound conda package: ${damage(error)}`, { cause: error });
  }
  const place = (path: string): string =>
    index.noarch === "python" && path.startsWith("site-packages/")
      ? `lib/python${python}/${path}`
      : path;
  const entries = new Map(paths.map((entry) => [entry._path, entry]));
  const folders: string[] = [];
  for (const { _path: path, path_type: type } of paths) {
    if (type === "directory") folders.push(place(path));
    else if (!tree.files.has(path) && !tree.symlinks.has(path))
      throw new LoaderError(`${path} is missing`);
  }
  const files = new Map<string, ArchivedFile>();
  for (const [path, { content, mode }] of tree.files) {
    const entry = entries.get(path);
    if (entry?.sha256 && entry.sha256 !== (await sha256(content))) {
      throw new LoaderError(`${path} is not the file that info/paths.json describes`);
    }
    const target = place(path);
    if (files.has(target)) throw new LoaderError(`two of its files are installed as ${target}`);
    files.set(target, new PlainFile(relocate(content, entry), mode));
  }
  for (const entryPoint of link.noarch?.entry_points ?? []) {
    const [name, script] = consoleScript(entryPoint);
    files.set(`bin/${name}`, new PlainFile(new TextEncoder().encode(script), 0o755));
  }
  const symlinks = new Map([...tree.symlinks].map(([path, target]) => [place(path), target]));
  const { name, version, build, build_number = 0, depends = [] } = index;
  const { subdir = index.noarch ? "noarch" : "" } = index;
  const file = `${name}-${version}-${build}.${isBzip2(bytes) ? "tar.bz2" : "conda"}`;
  return {
    archive: archiveOf(file, files, symlinks, folders),
    record: { name, version, build, build_number, subdir, depends, file, sha256: digest },
  };
}

/** The name and the script of a command, the same as in a bundle. */
function consoleScript(entryPoint: string): [name: string, script: string] {
  const [, name, module, callee] = ENTRY_POINT.exec(entryPoint) ?? [];
  if (!name || !callee) {
    throw new LoaderError(`the entry point ${entryPoint} is not name = module:function`);
  }
  const lines = [
    "#!/bin/python",
    "import sys",
    `from ${module} import ${callee.split(".")[0]}`,
    'if __name__ == "__main__":',
    `    sys.exit(${callee}())`,
  ];
  return [name, lines.map((line) => `${line}\n`).join("")];
}

async function readParts(bytes: Uint8Array): Promise<[info: Tree, tree: Tree]> {
  const { entries } = await unzip(readerOf(bytes));
  const part = async (prefix: string): Promise<Tree> => {
    const isPart = (name: string) => name.startsWith(prefix) && name.endsWith(".tar.zst");
    const [, entry] = Object.entries(entries).find(([name]) => isPart(name)) ?? [];
    if (!entry) throw new LoaderError(`there is no ${prefix}*.tar.zst in it`);
    // CEP 26 forbids compression in the zip, which would allow a decompression bomb.
    if (entry.compressionMethod !== 0) throw new LoaderError(`${prefix}*.tar.zst is not stored`);
    return readTar(unzstd(new Uint8Array(await entry.arrayBuffer())));
  };
  return [await part("info-"), await part("pkg-")];
}

/** What unzipit reads from; its own reader of bytes reads beyond their end. */
function readerOf(bytes: Uint8Array) {
  return {
    getLength: async () => bytes.length,
    async read(offset: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
      if (!(offset >= 0 && size >= 0 && offset + size <= bytes.length)) {
        throw new LoaderError("a part of its zip is outside the file");
      }
      return bytes.slice(offset, offset + size);
    },
  };
}

async function readTarBz2(bytes: Uint8Array): Promise<[info: Tree, tree: Tree]> {
  const whole = await readTar(bunzip(bytes));
  const split = (isInfo: boolean): Tree => {
    const select = <T>(map: Map<string, T>): Map<string, T> =>
      new Map([...map].filter(([path]) => path.startsWith("info/") === isInfo));
    return { files: select(whole.files), symlinks: select(whole.symlinks) };
  };
  return [split(true), split(false)];
}

function isBzip2(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x5a && bytes[2] === 0x68; // "BZh"
}

/** Decompress bzip2 and verify the checksums of all blocks. */
function bunzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const unpacked = new Unpacked(bytes.length);
  let position = 0;
  const input = new Bunzip.Stream();
  input.readByte = () => {
    const byte = bytes[position++];
    // seek-bzip would read an endless row of ones.
    if (byte === undefined) throw new LoaderError("it is truncated");
    return byte;
  };
  const output = new Bunzip.Stream();
  output.writeByte = (byte) => unpacked.addByte(byte);
  // pbzip2 writes a stream for each block; like `bzip2`, this ignores what follows the last one.
  do Bunzip.decode(input, output);
  while (isBzip2(bytes.subarray(position)));
  return unpacked.bytes;
}

async function readTar(bytes: Uint8Array): Promise<Tree> {
  const files: Tree["files"] = new Map();
  const symlinks: Tree["symlinks"] = new Map();
  const plain = (path: string): string => path.replace(/^\.\//, "");
  for (const { header, data } of await unpackTar(bytes)) {
    const path = plain(header.name);
    const target = header.linkname ?? "";
    if (files.has(path) || symlinks.has(path)) throw new LoaderError(`${path} is in it twice`);
    if (header.type === "file") {
      const mode = (header.mode ?? 0) & 0o100 ? 0o755 : 0o644;
      files.set(path, { content: data ?? new Uint8Array(), mode });
    } else if (header.type === "symlink") {
      symlinks.set(path, plainTarget(path, target));
    } else if (header.type === "link") {
      const linked = files.get(plain(target));
      const linkedTarget = symlinks.get(plain(target));
      if (linked) files.set(path, linked);
      else if (linkedTarget !== undefined) symlinks.set(path, plainTarget(path, linkedTarget));
      else throw new LoaderError(`the hard link ${path} leads outside the package, to ${target}`);
    } else if (header.type !== "directory") {
      throw new LoaderError(`${path} is neither a file nor a link`);
    }
  }
  return { files, symlinks };
}

function json<T>({ files }: Tree, path: string, shape: Shape): T {
  const file = files.get(path);
  if (!file) throw new LoaderError(`${path} is missing`);
  return shaped<T>(JSON.parse(new TextDecoder().decode(file.content)), shape, path);
}

/** Replace the prefix of the build, named in info/paths.json, by the mount point "/". */
function relocate(content: Uint8Array, entry: PathEntry | undefined): Uint8Array {
  if (!entry?.prefix_placeholder) return content;
  const placeholder = fromBytes(new TextEncoder().encode(entry.prefix_placeholder));
  const atRoot = (text: string): string =>
    text.replaceAll(`${placeholder}/`, "/").replaceAll(placeholder, "/");
  const text = fromBytes(content);
  if (entry.file_mode !== "binary") return toBytes(atRoot(text));
  // A C string keeps its length: the offsets after it must not change.
  const strings = text.split("\0").map((string) => atRoot(string).padEnd(string.length, "\0"));
  return toBytes(strings.join("\0"));
}

/** A string with one character per byte (Latin-1). */
function fromBytes(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

/** The inverse of `fromBytes`. */
function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
