// What does a package look like to the file system, whatever format it has?
//
// This module declares Archive, the files of one package, makes one of plain files in memory, and
// checks the paths in archives.

import { LoaderError } from "./errors.js";

export interface ArchivedFile {
  /** In bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Throws an Error if the contents cannot be fetched now; absent: they are there. */
  open?(): void;
  /**
   * Copy a part of the contents.
   *
   * @param start first byte
   * @param target is filled to its end
   * @throws Error if the contents are damaged or end before `target` is full
   */
  read(start: number, target: Uint8Array): void;
}

/** The files of one package; paths are relative to the mount point. */
export interface Archive {
  /** Name for messages. */
  readonly package: string;
  /** Folder -> file name -> file, parents before their children. */
  readonly directories: ReadonlyMap<string, ReadonlyMap<string, ArchivedFile>>;
  /** Path -> target. */
  readonly symlinks: ReadonlyMap<string, string>;
  /** Paths of the side modules. */
  readonly libraries: readonly string[];
}

export const PLAIN_FILE = 0o644;

const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** An uncompressed file in memory. */
export class PlainFile implements ArchivedFile {
  constructor(
    readonly content: Uint8Array,
    readonly mode = PLAIN_FILE,
  ) {}

  get size(): number {
    return this.content.length;
  }

  read(start: number, target: Uint8Array): void {
    target.set(this.content.subarray(start, start + target.length));
  }
}

/**
 * An archive of files in memory. Its side modules are the WebAssembly files with a name that ends
 * in `.so` or `.so.<number>`.
 *
 * @param name for messages
 * @param files path -> file
 * @param symlinks path -> target
 * @param folders paths of empty folders
 * @throws LoaderError for a path that leads outside the mount point or is used twice
 */
export function archiveOf(
  name: string,
  files: ReadonlyMap<string, ArchivedFile>,
  symlinks: ReadonlyMap<string, string> = new Map(),
  folders: Iterable<string> = [],
): Archive {
  const directories = new Map<string, Map<string, ArchivedFile>>();
  for (const path of [...files.keys()].sort()) {
    const [folder, fileName] = splitPath(plainPath(path));
    const entries = directories.get(folder) ?? new Map<string, ArchivedFile>();
    directories.set(folder, entries.set(fileName, files.get(path) as ArchivedFile));
  }
  for (const path of symlinks.keys()) plainPath(path);
  for (const path of folders) directories.set(plainPath(path), directories.get(path) ?? new Map());
  const parents = parentsOf([...directories.keys(), ...symlinks.keys()]);
  for (const path of [...files.keys(), ...symlinks.keys()]) {
    if (parents.has(path) || directories.has(path) || (files.has(path) && symlinks.has(path))) {
      throw new LoaderError(`${path} is used twice, for different things`);
    }
  }
  const libraries = [...files.keys()].filter(
    (path) => /\.so(\.\d+)*$/.test(path) && startsAsWasm(findFile(directories, path)),
  );
  return { package: name, directories, symlinks, libraries };
}

/** The folders that contain some paths. */
function parentsOf(paths: Iterable<string>): Set<string> {
  const parents = new Set<string>();
  for (const path of paths) {
    let [folder] = splitPath(path);
    for (; folder !== "" && !parents.has(folder); [folder] = splitPath(folder)) parents.add(folder);
  }
  return parents;
}

function startsAsWasm(file: ArchivedFile): boolean {
  if (file.size < WASM_MAGIC.length) return false;
  const start = new Uint8Array(WASM_MAGIC.length);
  file.read(0, start);
  return start.every((byte, index) => byte === WASM_MAGIC[index]);
}

/**
 * The file at a path.
 *
 * @throws LoaderError if there is none
 */
export function findFile<File extends ArchivedFile>(
  directories: ReadonlyMap<string, ReadonlyMap<string, File>>,
  path: string,
): File {
  const [folder, name] = splitPath(path);
  const file = directories.get(folder)?.get(name);
  if (!file) throw new LoaderError(`${path} is not in the package`);
  return file;
}

/** Folder ("" for none) and name. */
export function splitPath(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
}

/** The path, "" for the mount point. Throws a LoaderError if it leads outside the mount point. */
export function plainPath(path: string): string {
  if (path !== "" && path.split("/").some((part) => part === "" || isReservedName(part))) {
    throw new LoaderError(`${path} leads outside the package`);
  }
  return path;
}

/** The target of a symbolic link. Throws a LoaderError if it leads outside the mount point. */
export function plainTarget(path: string, target: string): string {
  let depth = path.split("/").length - 1;
  const parts = target.split("/");
  const isInside = parts.every((part) => {
    depth += part === ".." ? -1 : part === "." || part === "" ? 0 : 1;
    return depth >= 0;
  });
  if (!isInside || target === "" || target.startsWith("/") || target.includes("\0")) {
    throw new LoaderError(`the link ${path} leads outside the package, to ${target}`);
  }
  return target;
}

/** Whether `name` is reserved (`.`, `..`) or unsafe in MEMFS (`__proto__`). */
export function isReservedName(name: string): boolean {
  return name === "." || name === ".." || name === "__proto__";
}
