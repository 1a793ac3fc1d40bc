// How does a heap of files become an archive?

import {
  type Archive,
  type ArchivedFile,
  findFile,
  PLAIN_FILE,
  plainPath,
  splitPath,
} from "./archive.js";

const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** A file whose contents are in memory as they are. */
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
 * An archive of files; those called `*.so` or `*.so.<number>` that hold WebAssembly are its side modules.
 *
 * @param name what messages call it
 * @param files path -> file
 * @param symlinks path -> target
 * @throws LoaderError for a path that lies outside
 */
export function archiveOf(
  name: string,
  files: ReadonlyMap<string, ArchivedFile>,
  symlinks: ReadonlyMap<string, string> = new Map(),
): Archive {
  const directories = new Map<string, Map<string, ArchivedFile>>();
  for (const path of [...files.keys()].sort()) {
    const [folder, fileName] = splitPath(plainPath(path));
    const entries = directories.get(folder) ?? new Map<string, ArchivedFile>();
    directories.set(folder, entries.set(fileName, files.get(path) as ArchivedFile));
  }
  for (const path of symlinks.keys()) plainPath(path);
  const libraries = [...files.keys()].filter(
    (path) => /\.so(\.\d+)*$/.test(path) && startsAsWasm(findFile(directories, path)),
  );
  return { package: name, directories, symlinks, libraries };
}

function startsAsWasm(file: ArchivedFile): boolean {
  if (file.size < WASM_MAGIC.length) return false;
  const start = new Uint8Array(WASM_MAGIC.length);
  file.read(0, start);
  return start.every((byte, index) => byte === WASM_MAGIC[index]);
}
