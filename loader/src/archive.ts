// What do the files of a package look like to who mounts them, whatever they are kept in?

import { LoaderError } from "./errors.js";

export interface ArchivedFile {
  /** In bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /**
   * Copy a part of the contents.
   *
   * @param start first byte
   * @param target is filled to its end
   * @throws Error if the contents are damaged or end before `target` does
   */
  read(start: number, target: Uint8Array): void;
}

/** The files of one package in memory; paths are relative to the mount point. */
export interface Archive {
  /** What messages call it. */
  readonly package: string;
  /** Folder -> file name -> file, parents before their children. */
  readonly directories: ReadonlyMap<string, ReadonlyMap<string, ArchivedFile>>;
  /** Path -> target. */
  readonly symlinks: ReadonlyMap<string, string>;
  /** Paths of the side modules. */
  readonly libraries: readonly string[];
}

export const PLAIN_FILE = 0o644;

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

/** The whole contents of a file. Throws an Error if they are damaged. */
export function readFile(file: ArchivedFile): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(file.size);
  file.read(0, bytes);
  return bytes;
}

/** Folder ("" for none) and name. */
export function splitPath(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
}

/** The path, if it stays below the mount point; "" is the mount point. Throws a LoaderError. */
export function plainPath(path: string): string {
  if (path !== "" && path.split("/").some((part) => part === "" || isDots(part))) {
    throw new LoaderError(`${path} lies outside`);
  }
  return path;
}

/** The target of a symbolic link, if it leads to something below the mount point. Throws a LoaderError. */
export function plainTarget(path: string, target: string): string {
  let depth = path.split("/").length - 1;
  const parts = target.split("/");
  const isInside = parts.every((part) => {
    depth += part === ".." ? -1 : part === "." || part === "" ? 0 : 1;
    return depth >= 0;
  });
  if (!isInside || target === "" || target.startsWith("/") || target.includes("\0")) {
    throw new LoaderError(`the link ${path} leads outside, to ${target}`);
  }
  return target;
}

/** Whether a name is none that a file can have in every file system ("__proto__": not in MEMFS). */
export function isDots(name: string): boolean {
  return name === "." || name === ".." || name === "__proto__";
}
